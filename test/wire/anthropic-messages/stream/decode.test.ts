import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../../../src/protocol/stream-event.ts';
import { WireFault } from '../../../../src/wire/fault.ts';
import { cut, cutPoints, eachByte, fixture, lineEnds, withLineEnds } from '../../../support/wire.ts';
import {
  block,
  blockStop,
  decode,
  delta,
  finish,
  fragment,
  PING,
  sse,
  start,
  STOP,
  words,
} from '../../../support/claude-upstream.ts';

const TEXT = block(0, { type: 'text', text: '' });
const end = (reason: string, stopSequence: string | null = null): object =>
  expect.objectContaining({ type: 'reply-finish', reason, stopSequence }) as object;
const BEGIN = expect.objectContaining({ type: 'reply-start' }) as object;
const opened = (index: number, id: string, input: unknown = {}): string =>
  block(index, { type: 'tool_use', id, name: `f${index}`, input });

function faultOf(chunks: string[]): WireFault {
  try {
    decode(chunks);
  } catch (error) {
    if (error instanceof WireFault) return error;
    throw error;
  }
  throw new Error('no fault');
}

describe('a Messages stream', () => {
  test('start, text, finish; pings are ignored', () => {
    expect(
      decode([start(), PING, TEXT, words('Hé'), words('llo'), blockStop(0), finish('end_turn'), STOP]),
    ).toEqual([
      {
        type: 'reply-start',
        id: 'msg_01',
        model: 'claude-x',
        usage: expect.objectContaining({ inputTokens: 10, outputTokens: 1 }) as object,
      },
      { type: 'text-delta', text: 'Hé' },
      { type: 'text-delta', text: 'llo' },
      end('stop'),
    ]);
  });

  test('wire cases 49, 51: usage is cumulative; null and absent counters keep their value', () => {
    const first = {
      input_tokens: 10,
      cache_read_input_tokens: 5,
      cache_creation_input_tokens: 2,
      output_tokens: 1,
    };
    const last = (usage: object): unknown => {
      const finished = decode([
        start('m', first),
        words('a'),
        finish(null, { output_tokens: 4 }),
        finish('end_turn', usage),
        STOP,
      ]);
      return (finished.at(-1) as { usage: unknown }).usage;
    };
    expect(
      last({ input_tokens: null, output_tokens: 7, output_tokens_details: { thinking_tokens: 3 } }),
    ).toEqual({
      inputTokens: 17,
      outputTokens: 7,
      cachedInputTokens: 5,
      cacheWriteTokens: 2,
      reasoningTokens: 3,
    });
    expect(last({})).toMatchObject({ inputTokens: 17, outputTokens: 4 });
  });

  test('wire cases 108, 110: thinking, its signature once and complete, hidden and redacted thinking', () => {
    const events = decode([
      start(),
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'hm' }),
      delta(0, { type: 'signature_delta', signature: 'sig/+=' }),
      delta(0, { type: 'signature_delta', signature: '' }),
      blockStop(0),
      block(1, { type: 'thinking', thinking: '', signature: '' }),
      delta(1, { type: 'signature_delta', signature: 'hidden' }),
      blockStop(1),
      block(2, { type: 'redacted_thinking', data: 'opaque' }),
      blockStop(2),
      block(3, { type: 'text', text: '' }),
      words('a', 3),
      blockStop(3),
      finish('end_turn'),
      STOP,
    ]);
    expect(events.slice(1, -1)).toEqual([
      { type: 'thinking-delta', text: 'hm' },
      { type: 'thinking-signature', signature: 'sig/+=' },
      { type: 'thinking-signature', signature: 'hidden' },
      { type: 'redacted-thinking', data: 'opaque' },
      { type: 'text-delta', text: 'a' },
    ]);
  });

  test('wire cases 53, 54, 61: parallel calls after a text; an empty first fragment; one without arguments', () => {
    const events = decode([
      start(),
      TEXT,
      words('I call'),
      blockStop(0),
      opened(1, 'toolu_a'),
      fragment(1, ''),
      fragment(1, '{"x":'),
      fragment(1, '1}'),
      blockStop(1),
      opened(2, 'toolu_b'),
      fragment(2, ''),
      blockStop(2),
      finish('tool_use'),
      STOP,
    ]);
    expect(events.slice(1)).toEqual([
      { type: 'text-delta', text: 'I call' },
      { type: 'tool-call-start', id: 'toolu_a', name: 'f1' },
      { type: 'tool-call-delta', arguments: '{"x":' },
      { type: 'tool-call-delta', arguments: '1}' },
      { type: 'tool-call-end' },
      { type: 'tool-call-start', id: 'toolu_b', name: 'f2' },
      { type: 'tool-call-delta', arguments: '{}' },
      { type: 'tool-call-end' },
      end('tool-calls'),
    ]);
  });

  test('an input that is complete in its start event becomes the call’s arguments, digit for digit', () => {
    const whole = opened(0, 'a', { id: 0 }).replace('{"id":0}', '{"id":123456789012345678}');
    expect(decode([start(), whole, blockStop(0), finish('tool_use'), STOP])).toContainEqual({
      type: 'tool-call-delta',
      arguments: '{"id":123456789012345678}',
    });
  });

  test('wire case 64: a call cut off at the limit keeps its partial arguments, is closed, and the reason stays', () => {
    const events = decode([start(), opened(0, 'a'), fragment(0, '{"x":"lo'), finish('max_tokens'), STOP]);
    expect(events.slice(2)).toEqual([
      { type: 'tool-call-delta', arguments: '{"x":"lo' },
      { type: 'tool-call-end' },
      end('length'),
    ]);
  });

  test('wire case 62: calls determine the reason', () => {
    expect(decode([start(), opened(0, 'a'), blockStop(0), finish('end_turn'), STOP])).toContainEqual(
      end('tool-calls'),
    );
    expect(decode([start(), TEXT, words('a'), finish('tool_use'), STOP])).toContainEqual(end('stop'));
  });

  test('wire case 120: unknown events, blocks and deltas are skipped, including fragments of the vendor’s own tools', () => {
    const odd = [
      sse({ type: 'novelty' }),
      block(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
      fragment(0, '{"query":"x"}'),
      blockStop(0),
      block(1, { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }),
      blockStop(1),
      delta(2, { type: 'citations_delta', citation: {} }),
      sse({ type: 'content_block_delta', delta: null }),
    ];
    expect(
      decode([
        start(),
        ...odd,
        block(2, { type: 'text', text: '' }),
        words('a', 2),
        finish('end_turn'),
        STOP,
      ]),
    ).toEqual([BEGIN, { type: 'text-delta', text: 'a' }, end('stop')]);
  });

  test('wire cases 112, 138: a refusal in mid-stream has its explanation; a stop sequence is named', () => {
    const refused = finish('refusal', {}, { stop_details: { type: 'refusal', explanation: 'Not this.' } });
    expect(decode([start(), TEXT, words('a'), blockStop(0), refused, STOP]).slice(2)).toEqual([
      { type: 'refusal-delta', text: 'Not this.' },
      end('content-filter'),
    ]);
    const stopped = finish('stop_sequence', {}, { stop_sequence: 'END' });
    expect(decode([start(), TEXT, words('a'), stopped, STOP])).toContainEqual(end('stop', 'END'));
  });

  test('wire case 113: a pause of the vendor’s own tools becomes stop', () => {
    expect(decode([start(), TEXT, words('a'), finish('pause_turn'), STOP])).toContainEqual(end('stop'));
  });

  test('an empty reply is a start and a finish', () => {
    expect(decode([start(), finish('end_turn'), STOP])).toEqual([BEGIN, end('stop')]);
  });
});

describe('ends and faults', () => {
  test('wire case 115: without a stop reason no finish is invented', () => {
    expect(decode([start(), TEXT, words('a')]).at(-1)).toEqual({ type: 'text-delta', text: 'a' });
    expect(faultOf([start(), TEXT, words('a'), STOP]).kind).toBe('cut');
  });

  test('a missing message_stop is added after a stop reason, and an open call closed', () => {
    expect(decode([start(), opened(0, 'a'), finish('tool_use')]).slice(2)).toEqual([
      { type: 'tool-call-delta', arguments: '{}' },
      { type: 'tool-call-end' },
      end('tool-calls'),
    ]);
  });

  test('wire case 114: a repeated start of the same message is ignored, another one is malformed', () => {
    expect(decode([start(), start(), TEXT, words('a'), finish('end_turn'), STOP])).toHaveLength(3);
    expect(faultOf([start(), words('a'), start('msg_02')]).kind).toBe('malformed');
  });

  test.each([
    ['text before message_start', words('a')],
    ['a call before message_start', opened(0, 'a')],
    ['an end before message_start', finish('end_turn') + STOP],
    ['broken JSON', `${start()}event: ping\ndata: {"type":\n\n`],
    ['a JSON array', `${start()}data: []\n\n`],
    ['a call without a name', start() + block(0, { type: 'tool_use', id: 'a' })],
    ['fragments of two calls mixed', start() + opened(0, 'a') + fragment(1, '{}')],
  ])('%s is malformed', (_name, bytes) => {
    expect(faultOf([bytes]).kind).toBe('malformed');
  });

  test('wire case 116: an error event is a fault with the upstream’s message, with or without an event name', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    for (const event of [sse(error), `data: ${JSON.stringify(error)}\n\n`]) {
      const fault = faultOf([start(), words('a'), event]);
      expect(fault).toMatchObject({
        kind: 'error_event',
        upstream: { type: 'overloaded_error', message: 'Overloaded' },
      });
      expect(JSON.parse(String(fault.raw))).toEqual(error);
    }
  });
});

/** The events, or the fault: adjacent CR and LF of two line ends would count as one. */
function outcome(chunks: Buffer[]): unknown {
  try {
    return decode(chunks);
  } catch (error) {
    return error instanceof WireFault ? error.kind : error;
  }
}

test('wire cases 6, 7: any chunking and any mix of line ends yields the same events', () => {
  const parts = fc.array(
    fc.constantFrom(
      PING,
      TEXT,
      words('日本 😀'),
      opened(0, 'a') + fragment(0, '{"ü":1}') + blockStop(0),
      ': c\n\n',
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(parts, lineEnds, cutPoints, (body, ends, points) => {
      const bytes = Buffer.from(withLineEnds(start() + body.join('') + finish('end_turn') + STOP, ends));
      const whole = outcome([bytes]);
      expect(outcome(cut(bytes, points))).toEqual(whole);
      expect(outcome(eachByte(bytes))).toEqual(whole);
    }),
    { numRuns: 100 },
  );
});

test.each(['llamacpp/messages-stream.sse', 'ollama/messages-stream.sse'])(
  '%s, recorded from a real server, is decoded completely',
  (path) => {
    const bytes = fixture(path);
    const events = decode(eachByte(bytes));
    const texts = events.flatMap((event: StreamEvent) => (event.type === 'text-delta' ? event.text : []));
    const sent = Array.from(
      bytes.toString().matchAll(/"text_delta","text":("(?:[^"\\]|\\.)*")/g),
      (match) => JSON.parse(match[1]!) as string,
    );
    expect(sent.length).toBeGreaterThan(3);
    expect(texts.join('')).toBe(sent.join(''));
    expect(events.at(-1)).toMatchObject({
      type: 'reply-finish',
      usage: { inputTokens: 16, outputTokens: 12 },
    });
  },
);
