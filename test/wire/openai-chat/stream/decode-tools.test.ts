import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../../../src/protocol/stream-event.ts';
import { decode, faultOf, joined } from '../../../support/openai-upstream.ts';
import { chunk, event, fixture, ROLE } from '../../../support/wire.ts';

const CALLED = chunk({}, 'tool_calls');
const calls = (...entries: unknown[]): string => chunk({ tool_calls: entries });
const piece = (index: unknown, args: string, more: object = {}): object => ({
  index,
  function: { arguments: args },
  ...more,
});
const opening = (index: unknown, id: unknown, name: string, args = ''): object => ({
  index,
  id,
  type: 'function',
  function: { name, arguments: args },
});

interface Seen {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** The calls of a stream; fails if two parts are open at once. */
function callsOf(...chunks: string[]): Seen[] {
  return callsIn(decode([ROLE, ...chunks]));
}

function callsIn(events: readonly StreamEvent[]): Seen[] {
  const seen: Seen[] = [];
  let open: { id: string; name: string; arguments: string } | null = null;
  for (const one of events) {
    if (one.type === 'tool-call-start') {
      expect(open).toBeNull();
      open = { id: one.id, name: one.name, arguments: '' };
    } else if (one.type === 'tool-call-delta') {
      expect(one.arguments).not.toBe('');
      open!.arguments += one.arguments;
    } else if (one.type === 'tool-call-end') {
      seen.push(open!);
      open = null;
    } else expect(open).toBeNull();
  }
  expect(open).toBeNull();
  return seen;
}

const A = { id: 'call_a', name: 'weather', arguments: '{"city":"Paris"}' };
const B = { id: 'call_b', name: 'clock', arguments: '{"zone":1}' };

describe('tool calls of a stream', () => {
  test('a real llama-server’s', () => {
    const events = joined(decode([fixture('llamacpp/chat-tool-stream.sse')]));
    expect(callsIn(events)).toMatchObject([{ name: 'get_weather', arguments: '{"city": "Paris"}' }]);
    expect(events.at(-1)).toMatchObject({ reason: 'tool-calls' });
  });

  test('arguments go out as they come, not when the call is complete', () => {
    const events = decode([ROLE, calls(opening(0, 'call_a', 'weather')), calls(piece(0, '{"ci'))]);
    expect(events.slice(1)).toEqual([
      { type: 'tool-call-start', id: 'call_a', name: 'weather' },
      { type: 'tool-call-delta', arguments: '{"ci' },
    ]);
  });

  test('wire case 53: parallel calls that follow each other; the second streams too', () => {
    const stream = [
      calls(opening(0, 'call_a', 'weather')),
      calls(piece(0, '{"city":')),
      calls(piece(0, '"Paris"}')),
      calls(opening(1, 'call_b', 'clock')),
      calls(piece(1, '{"zone":')),
    ];
    const early = decode([ROLE, ...stream]);
    expect(early.at(-1)).toEqual({ type: 'tool-call-delta', arguments: '{"zone":' });
    expect(callsOf(...stream, calls(piece(1, '1}')), CALLED)).toEqual([A, B]);
  });

  test('deltas that interleave by index come out one call after the other', () => {
    const mixed = [
      calls(opening(0, 'call_a', 'weather'), opening(1, 'call_b', 'clock')),
      calls(piece(0, '{"city":'), piece(1, '{"zone"')),
      calls(piece(1, ':1}')),
      calls(piece(0, '"Paris"}')),
      CALLED,
    ];
    expect(callsOf(...mixed)).toEqual([A, B]);
  });

  test('wire case 54: text before calls stays before them, text between waits for the open call', () => {
    const events = decode([
      ROLE,
      chunk({ content: 'let me see' }),
      calls(opening(0, 'call_a', 'weather', '{"city":')),
      chunk({ content: 'meanwhile' }),
      calls(piece(0, '"Paris"}')),
      CALLED,
    ]);
    expect(callsIn(events)).toEqual([A]);
    expect(events.map(({ type }) => type)).toEqual([
      'reply-start',
      'text-delta',
      'tool-call-start',
      'tool-call-delta',
      'tool-call-delta',
      'tool-call-end',
      'text-delta',
      'reply-finish',
    ]);
  });

  test('text after a complete call ends it', () => {
    const events = decode([ROLE, calls(opening(0, 'call_a', 'weather', '{}')), chunk({ content: 'x' })]);
    expect(events.slice(-2)).toEqual([{ type: 'tool-call-end' }, { type: 'text-delta', text: 'x' }]);
  });

  test('wire case 55: id and name in every delta come out once', () => {
    const stream = ['', '{"city":', '"Paris"}'].map((args) => calls(opening(0, 'call_a', 'weather', args)));
    expect(callsOf(...stream, CALLED)).toEqual([A]);
  });

  test('wire case 56: without an index the ids distinguish the calls, and fragments belong to the last', () => {
    const stream = [
      calls({ id: 'call_a', function: { name: 'weather', arguments: '{"city":' } }),
      calls({ function: { arguments: '"Paris"}' } }),
      calls({ id: 'call_b', function: { name: 'clock', arguments: '{"zone":1}' } }),
    ];
    expect(callsOf(...stream, CALLED)).toEqual([A, B]);
  });

  test('wire case 56: without index and id, complete calls in one delta', () => {
    const stream = calls(
      { function: { name: 'weather', arguments: A.arguments } },
      { function: { name: 'clock', arguments: B.arguments } },
    );
    expect(callsOf(stream, CALLED)).toMatchObject([
      { name: 'weather', arguments: A.arguments },
      { name: 'clock', arguments: B.arguments },
    ]);
  });

  test('wire case 57: an index that begins with 1, or skips one', () => {
    expect(
      callsOf(
        calls(opening(1, 'call_a', 'weather', A.arguments)),
        calls(opening(3, 'call_b', 'clock', B.arguments)),
        CALLED,
      ),
    ).toEqual([A, B]);
  });

  test('wire case 58: the same index for each call', () => {
    const stream = [
      calls(opening(0, 'call_a', 'weather', A.arguments)),
      calls(opening(0, 'call_b', 'clock', '{"zone":')),
      calls(piece(0, '1}')),
    ];
    expect(callsOf(...stream, CALLED)).toEqual([A, B]);
    const empty = [calls(opening(0, 'call_a', 'weather')), calls(opening(0, 'call_b', 'clock', B.arguments))];
    expect(callsOf(...empty, CALLED)).toEqual([{ ...A, arguments: '{}' }, B]);
    const nameless = [calls(opening(0, '', 'weather', A.arguments), opening(0, '', 'weather', A.arguments))];
    expect(callsOf(...nameless, CALLED)).toHaveLength(2);
  });

  test('wire case 58: an id that changes with every delta begins no new call', () => {
    const stream = [
      calls(opening(0, 'call_a', 'weather')),
      calls(piece(0, '{"city":', { id: 'chatcmpl-tool-2' })),
      calls(piece(0, '"Paris"}', { id: 'chatcmpl-tool-3' })),
    ];
    expect(callsOf(...stream, CALLED)).toEqual([A]);
  });

  test('wire case 59: a name in fragments, and arguments before the name', () => {
    const split = [
      calls(opening(0, 'call_a', 'wea')),
      calls({ index: 0, function: { name: 'ther' } }),
      calls(piece(0, A.arguments)),
    ];
    expect(callsOf(...split, CALLED)).toEqual([A]);
    const late = [
      calls(piece(0, '{"city":', { id: 'call_a' })),
      calls({ index: 0, function: { name: 'weather' } }),
      calls(piece(0, '"Paris"}')),
    ];
    expect(callsOf(...late, CALLED)).toEqual([A]);
  });

  test('wire case 60: a complete call in one delta, with the finish', () => {
    const whole = chunk({ tool_calls: [opening(0, 'call_a', 'weather', A.arguments)] }, 'tool_calls');
    expect(callsOf(whole)).toEqual([A]);
  });

  test('wire case 61: no arguments are {}', () => {
    expect(
      callsOf(calls(opening(0, 'call_a', 'weather')), calls(opening(1, 'call_b', 'clock', ' ')), CALLED),
    ).toMatchObject([{ arguments: '{}' }, { arguments: expect.stringMatching(/^ ?\{\}$/) }]);
  });

  test('wire case 62: stop after a call means tool calls', () => {
    expect(decode([ROLE, calls(opening(0, 'a', 'b', '{}')), chunk({}, 'stop')]).at(-1)).toMatchObject({
      reason: 'tool-calls',
    });
  });

  test('wire case 63: tool_calls without any is an ordinary end', () => {
    expect(decode([ROLE, chunk({ content: 'x' }), CALLED]).at(-1)).toMatchObject({ reason: 'stop' });
  });

  test('wire case 64: a call cut by the limit keeps its partial arguments and the reason', () => {
    const events = decode([ROLE, calls(opening(0, 'call_a', 'weather', '{"ci')), chunk({}, 'length')]);
    expect(callsIn(events)).toMatchObject([{ arguments: '{"ci' }]);
    expect(events.at(-1)).toMatchObject({ reason: 'length' });
  });

  test('wire case 76: the legacy function_call', () => {
    const stream = [
      chunk({ function_call: { name: 'weather', arguments: '' } }),
      chunk({ function_call: { arguments: A.arguments } }),
      chunk({}, 'function_call'),
    ];
    expect(callsOf(...stream)).toMatchObject([{ name: 'weather', arguments: A.arguments }]);
  });

  test('wire case 77: a missing id is generated, a different one in each turn', () => {
    const turn = (created: number): string =>
      event({
        id: 'chatcmpl-7',
        created,
        choices: [{ index: 0, delta: { tool_calls: [opening(0, '', 'w', '{}')] } }],
      });
    const [one] = callsIn(decode([turn(1), CALLED]));
    const [two] = callsIn(decode([turn(2), CALLED]));
    expect(one?.id).toMatch(/^call_[0-9a-z]{24}$/);
    expect(two?.id).not.toBe(one?.id);
  });

  test('a call that never gets a name is a fault', () => {
    expect(faultOf(() => callsOf(calls(piece(0, '{}')), CALLED)).kind).toBe('malformed');
  });

  test('arguments of a megabyte in small fragments are read in one pass', () => {
    const entries = Array.from({ length: 60_000 }, () => calls(piece(0, 'aaaaaaaaaaaaaaaaaaaa')));
    const stream = [
      calls(opening(0, 'call_a', 'weather', '{"x":"')),
      ...entries,
      calls(piece(0, '"}')),
      CALLED,
    ];
    expect(callsIn(joined(decode([ROLE + stream.join('')])))[0]?.arguments).toHaveLength(1_200_008);
  });
});
