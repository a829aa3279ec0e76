import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ResponsesGuard } from '../../../../src/wire/openai-responses/stream/guard.ts';
import {
  callItem,
  customItem,
  eventValues,
  itemValues,
  named,
  numbered,
  reasoningItem,
  refusalItem,
  response,
  streamOf,
  textItem,
  type FakeItem,
} from '../../../support/responses-events.ts';
import { cut, cutPoints, eachByte, eventsIn, relay } from '../../../support/wire.ts';

const guard = (trusted = false): ResponsesGuard =>
  new ResponsesGuard({ trusted, model: 'asked', wall: () => 1_795_246_738_900 });

const ITEMS = [
  reasoningItem(['First.', 'Second.']),
  textItem('Grüße 😀'),
  callItem('look', '{"at":"Rome"}'),
  customItem('patch', '*** Begin "x"\n', 'ctc_2', 'call_2'),
  refusalItem('no'),
];
const STREAM = streamOf(ITEMS);

interface Event {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** What a client gets of these events, and how it ends. */
function relayed(...values: readonly object[]): { events: Event[]; state: string; fault: string | null } {
  const text = values.map((value) => named(value as Event)).join('');
  const { output, state, fault } = relay(guard(), [text]);
  const events = eventsIn([output]).map(({ event, data }) => {
    const value = JSON.parse(data ?? '') as Event;
    expect(event).toBe(value.type);
    return value;
  });
  expect(events.map((each) => each['sequence_number'])).toEqual(events.map((_, at) => at));
  return { events, state, fault };
}

const typesOf = (events: readonly Event[]): string[] =>
  events.map(({ type }) => type.replace(/^response\./, ''));
const [created, , ...afterStart] = eventValues([textItem('Hello')]) as [object, object, ...Event[]];
const last = afterStart.at(-1) ?? { type: '' };
const CANONICAL = [
  ...['created', 'output_item.added', 'content_part.added', 'output_text.delta', 'output_text.delta'],
  ...['output_text.done', 'content_part.done', 'output_item.done', 'completed'],
];

describe('wire case 100: an untouched stream is forwarded unchanged', () => {
  test.each([false, true])('with any chunking (trusted: %s)', (trusted) => {
    const stream = guard(trusted);
    expect(relay(stream, [STREAM])).toEqual({ output: STREAM, state: 'complete', fault: null });
    expect(stream.usage).toMatchObject({ inputTokens: 11, cachedInputTokens: 4, reasoningTokens: 3 });
    expect(stream.model).toBe('m-1');
    expect(stream.signatures).toEqual(['gAAA_1']);
    expect(relay(guard(trusted), eachByte(Buffer.from(STREAM))).output).toBe(STREAM);
    fc.assert(
      fc.property(cutPoints, (points) => {
        expect(relay(guard(trusted), cut(Buffer.from(STREAM), points)).output).toBe(STREAM);
      }),
      { numRuns: 100 },
    );
  });

  test('wire case 120: unknown items and events pass', () => {
    const search: FakeItem = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: {} };
    const [begin, ...rest] = eventValues([search, textItem('a')]) as [object, ...object[]];
    const progress = { type: 'response.web_search_call.searching', output_index: 0, item_id: 'ws_1' };
    const stream = numbered([begin, progress, ...rest] as Record<string, unknown>[]).join('');
    expect(relay(guard(), [stream])).toEqual({ output: stream, state: 'complete', fault: null });
  });

  test('heartbeats pass once the stream has content', () => {
    const at = STREAM.indexOf('event: response.output_text.done');
    const stream = `${STREAM.slice(0, at)}: ping\n\n${STREAM.slice(at)}`;
    expect(relay(guard(), [stream]).output).toBe(stream);
  });
});

describe('nothing reaches the client before the first content', () => {
  test.each([false, true])('and then everything (trusted: %s)', (trusted) => {
    const stream = guard(trusted);
    const events = numbered(eventValues([reasoningItem([], 'gAAA'), textItem('Hello')]));
    const first = events.findIndex((event) => event.includes('output_item.done'));
    for (const event of events.slice(0, first)) expect(stream.push(Buffer.from(event))).toBeNull();
    const output = stream.push(Buffer.from(events[first] ?? ''));
    expect(String(output)).toBe(events.slice(0, first + 1).join(''));
  });
});

describe('the end of a stream', () => {
  test.each([false, true])('without the last event it is cut (trusted: %s)', (trusted) => {
    const cutOff = STREAM.slice(0, STREAM.lastIndexOf('event: '));
    expect(relay(guard(trusted), [cutOff])).toMatchObject({ state: 'failed', fault: 'cut' });
    expect(relay(guard(trusted), [`${cutOff}data: [DONE]\n\n`])).toMatchObject({ fault: 'cut' });
  });

  test.each([false, true])('wire case 182: what follows it is dropped (trusted: %s)', (trusted) => {
    const { output, state } = relay(guard(trusted), [`${STREAM}data: [DONE]\n\n`]);
    expect([output, state]).toEqual([STREAM, 'complete']);
  });

  test.each([
    [
      'response.failed',
      {
        type: 'response.failed',
        response: response([], { status: 'failed', error: { code: 'server_error', message: 'Oops' } }),
      },
    ],
    ['error', { type: 'error', code: 'rate_limit_exceeded', message: 'Oops', param: null }],
    ['an error in an envelope', { type: 'error', error: { code: 'server_error', message: 'Oops' } }],
  ])('%s is an error of the upstream, before and after the content', (_, event) => {
    for (const before of [[created], [created, ...afterStart.slice(0, 3)]]) {
      for (const trusted of [false, true]) {
        const stream = guard(trusted);
        relay(stream, [[...before, event].map((value) => named(value as Event)).join('')]);
        expect(stream.fault).toMatchObject({ kind: 'error_event', upstream: { message: 'Oops' } });
      }
    }
  });

  test('a status without an answer is a fault even in response.completed', () => {
    const { fault } = relayed(created, { ...last, response: response([], { status: 'cancelled' }) });
    expect(fault).toBe('cut');
  });

  test('wire case 183: a reply that the limit has cut ends in response.incomplete, as vLLM says only in its status', () => {
    const details = { incomplete_details: { reason: 'max_output_tokens' } };
    for (const status of ['incomplete', 'completed']) {
      const whole = response([textItem('Hello')], { status, ...details });
      const { events } = relayed(created, ...afterStart.slice(0, -1), { ...last, response: whole });
      expect(events.at(-1)).toMatchObject({
        type: 'response.incomplete',
        response: { status: 'incomplete', ...details },
      });
    }
  });
});

describe('odd servers', () => {
  const without = (...keys: string[]): Event[] =>
    [created, ...afterStart].map((value) => {
      const entries = Object.entries(value as Event).filter(([key]) => !keys.includes(key));
      return Object.fromEntries(entries) as Event;
    });

  test.each([
    ['places, as llama-server b10434', ['output_index', 'content_index', 'sequence_number']],
    ['ids of items', ['item_id', 'sequence_number']],
    ['any of them', ['output_index', 'content_index', 'item_id', 'sequence_number']],
  ])('missing: %s', (_, keys) => {
    const { events, state } = relayed(...without(...keys));
    expect(state).toBe('complete');
    expect(typesOf(events)).toEqual(CANONICAL);
    expect(events[3]).toMatchObject({ item_id: 'msg_1', output_index: 0, content_index: 0 });
  });

  test('missing: the start, the announcements and everything done', () => {
    const deltas = afterStart.filter(({ type }) => type.endsWith('.delta'));
    const { events, state } = relayed(...deltas, last);
    expect(state).toBe('complete');
    expect(typesOf(events)).toEqual(CANONICAL);
    expect(events.at(-2)).toMatchObject({ item: textItem('Hello') });
  });

  test('missing: everything but the last event', () => {
    const { events } = relayed(last);
    expect(typesOf(events)).toEqual(CANONICAL.filter((_, at) => at !== 4));
    expect(events[3]).toMatchObject({ delta: 'Hello' });
  });

  test('missing: the output of the last event', () => {
    const { events } = relayed(created, ...afterStart.slice(0, -1), { ...last, response: { id: 'resp_1' } });
    expect(events.at(-1)).toMatchObject({ response: { status: 'completed', output: [textItem('Hello')] } });
  });

  test('missing: the deltas', () => {
    const others = afterStart.filter(({ type }) => !type.endsWith('.delta'));
    const { events } = relayed(created, ...others);
    expect(typesOf(events)).toEqual(CANONICAL.filter((_, at) => at !== 4));
    expect(events[3]).toMatchObject({ delta: 'Hello' });
  });

  test('wire case 184: the arguments of a call come once, whether streamed, whole or both', () => {
    const item = callItem('look', '{"at":"Rome"}');
    const [added, ...values] = itemValues(item, 0) as [Event, ...Event[]];
    const whole = { ...last, response: response([item]) };
    const kinds: Event[][] = [
      values,
      values.filter(({ type }) => !type.endsWith('delta')),
      values.filter(({ type }) => !type.endsWith('arguments.done')),
      values.filter(({ type }) => type.endsWith('delta')),
      [],
    ];
    for (const some of kinds) {
      const { events, state } = relayed(created, added, ...some, whole);
      const deltas = events.filter(({ type }) => type.endsWith('arguments.delta'));
      expect(deltas.map(({ delta }) => delta).join('')).toBe('{"at":"Rome"}');
      expect(events.filter(({ type }) => type.endsWith('arguments.done'))).toHaveLength(1);
      expect(state).toBe('complete');
    }
  });

  test('a call whose name comes last is announced with it', () => {
    const values = itemValues(callItem('look', '{"at":1}'), 0).slice(1);
    const { events } = relayed(created, ...values, last);
    expect(typesOf(events).slice(0, 5)).toEqual([
      ...['created', 'output_item.added', 'function_call_arguments.delta'],
      ...['function_call_arguments.done', 'output_item.done'],
    ]);
    expect(events[2]).toMatchObject({ delta: '{"at":1}', output_index: 0 });
  });

  test('wire case 61: a call without arguments gets an empty object', () => {
    const values = itemValues(callItem('look', ''), 0);
    const { events } = relayed(created, ...values, { ...last, response: response([callItem('look', '')]) });
    expect(events.at(-1)).toMatchObject({ response: { output: [callItem('look', '{}')] } });
  });

  test('a call that nothing has named is a fault', () => {
    const values = itemValues(callItem('', '{}'), 0);
    expect(relayed(created, ...values, last).fault).toBe('malformed');
  });

  test('announcements that come twice are dropped', () => {
    const twice = afterStart.flatMap((value) => (value.type.endsWith('.added') ? [value, value] : [value]));
    expect(typesOf(relayed(created, created, ...twice).events)).toEqual(CANONICAL);
  });

  test('wire case 185: an item without a type but with a role is a message', () => {
    const { type, ...item } = textItem('Hello');
    expect(type).toBe('message');
    const { events } = relayed(created, { ...last, response: response([item]) });
    expect(events.at(-1)).toMatchObject({ response: { output: [textItem('Hello')] } });
  });

  test('wire case 180: keys that clients require are added to each response', () => {
    const bare = { id: 'resp_1', object: 'response', status: 'in_progress' };
    const usage = { input_tokens: 3, output_tokens: 2 };
    const whole = { ...bare, status: 'completed', output: [textItem('Hello')], usage };
    const { events } = relayed(
      { type: 'response.created', response: bare },
      { type: 'response.completed', response: whole },
    );
    const required = { error: null, incomplete_details: null, instructions: null, tools: [], model: 'asked' };
    expect(events[0]).toMatchObject({ response: { ...required, output: [] } });
    expect(events.at(-1)).toMatchObject({
      response: {
        ...required,
        usage: {
          total_tokens: 5,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens_details: { reasoning_tokens: 0 },
        },
      },
    });
  });
});
