import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChatReply, ReplyPart } from '../../../../src/protocol/chat.ts';
import { replyEvents } from '../../../../src/wire/chat/reply-events.ts';
import { ResponsesStreamEncoder } from '../../../../src/wire/openai-responses/stream/encode.ts';
import { client, reply, streamed, whole } from '../../../support/responses-client.ts';

const TOOLS = [{ type: 'custom', name: 'apply_patch' }];
const INCLUDE = ['reasoning.encrypted_content'];
const typesOf = (events: readonly Record<string, unknown>[]): unknown[] =>
  events.map(({ type }) => String(type).replace('response.', ''));

test('wire case 181: a text has the events of the vendor in its order, and the whole reply comes last', () => {
  const events = streamed(reply([{ type: 'text', text: 'Hello' }]));
  expect(typesOf(events)).toEqual([
    ...['created', 'in_progress', 'output_item.added', 'content_part.added', 'output_text.delta'],
    ...['output_text.done', 'content_part.done', 'output_item.done', 'completed'],
  ]);
  expect(events.map(({ sequence_number: n }) => n)).toEqual(events.map((_, index) => index));
  const [created, , added, , delta, done] = events;
  expect(created).toMatchObject({
    response: { id: 'resp_1', status: 'in_progress', output: [], usage: null },
  });
  expect(added).toMatchObject({
    output_index: 0,
    item: { id: 'msg_1_0', status: 'in_progress', content: [] },
  });
  const where = { item_id: 'msg_1_0', output_index: 0, content_index: 0 };
  expect(delta).toMatchObject({ ...where, delta: 'Hello', logprobs: [] });
  expect(done).toMatchObject({ ...where, text: 'Hello' });
});

test('wire case 181: items of several kinds follow each other, each closed before the next', () => {
  const events = streamed(
    reply(
      [
        { type: 'thinking', text: 'Hm', signature: 'sig' },
        { type: 'text', text: 'I look.' },
        { type: 'tool-call', id: 'c1', name: 'f', arguments: '{"a":1}' },
        { type: 'tool-call', id: 'c2', name: 'apply_patch', arguments: '{"input":"*** Begin"}' },
      ],
      { finish: 'tool-calls' },
    ),
    { tools: TOOLS, include: INCLUDE },
  );
  expect(typesOf(events).slice(2)).toEqual([
    ...['output_item.added', 'reasoning_summary_part.added', 'reasoning_summary_text.delta'],
    ...['reasoning_summary_text.done', 'reasoning_summary_part.done', 'output_item.done'],
    ...['output_item.added', 'content_part.added', 'output_text.delta'],
    ...['output_text.done', 'content_part.done', 'output_item.done'],
    ...[
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
    ],
    ...[
      'output_item.added',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.done',
      'output_item.done',
    ],
    'completed',
  ]);
  const last = events.at(-1) as { response: { output: object[] } };
  const items = events.filter(({ type }) => type === 'response.output_item.done');
  expect(items.map(({ item }) => item)).toEqual(last.response.output);
  expect(items.map(({ output_index: at }) => at)).toEqual([0, 1, 2, 3]);
  expect(last.response.output).toMatchObject([
    { type: 'reasoning', encrypted_content: 'sig' },
    { type: 'message' },
    { type: 'function_call', call_id: 'c1', arguments: '{"a":1}' },
    { type: 'custom_tool_call', call_id: 'c2', input: '*** Begin' },
  ]);
});

test('wire case 184: the arguments of a call are streamed once, and those of nothing are an empty object', () => {
  const call = (args: string): Record<string, unknown>[] =>
    streamed(reply([{ type: 'tool-call', id: 'c', name: 'f', arguments: args }], { finish: 'tool-calls' }));
  for (const [args, sent] of [
    ['{"a":1}', '{"a":1}'],
    ['', '{}'],
  ] as const) {
    const events = call(args);
    const deltas = events.flatMap(({ type, delta }) =>
      type === 'response.function_call_arguments.delta' ? [delta] : [],
    );
    expect(deltas).toEqual([sent]);
    const done = events.find(({ type }) => type === 'response.function_call_arguments.done');
    expect(done).toMatchObject({ arguments: sent });
  }
});

test('wire case 183: a stream that the limit cut off ends with response.incomplete, its last item incomplete', () => {
  const cut = { type: 'tool-call', id: 'c', name: 'f', arguments: '{"a":' } as const;
  const events = streamed(reply([cut], { finish: 'length' }));
  expect(events.at(-2)).toMatchObject({ item: { status: 'incomplete', arguments: '{"a":' } });
  expect(events.at(-1)).toMatchObject({
    type: 'response.incomplete',
    response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
  });
});

test('wire case 36: a refusal has events of its own', () => {
  const events = streamed(reply([], { refusal: 'No.' }));
  expect(typesOf(events).slice(2, 7)).toEqual([
    ...['output_item.added', 'content_part.added', 'refusal.delta', 'refusal.done', 'content_part.done'],
  ]);
  expect(events[5]).toMatchObject({ refusal: 'No.' });
});

test('thinking without text has an item only for clients that want its encrypted content', () => {
  const parts: ReplyPart[] = [
    { type: 'redacted-thinking', data: 'x' },
    { type: 'thinking', text: '', signature: 'sig' },
    { type: 'text', text: 'Yes' },
  ];
  const itemsOf = (body: object): unknown[] =>
    streamed(reply(parts), body).flatMap(({ type, item }) =>
      type === 'response.output_item.done' ? [(item as { id: string }).id] : [],
    );
  expect(itemsOf({})).toEqual(['msg_1_0']);
  expect(itemsOf({ include: INCLUDE })).toEqual(['rs_lw_1_0', 'rs_lw_1_1', 'msg_1_2']);
});

test('wire case 182: no [DONE] follows the last event', () => {
  const encoder = new ResponsesStreamEncoder(client());
  const bytes = replyEvents(reply([{ type: 'text', text: 'Hi' }])).map((event) => encoder.write(event));
  expect(bytes.join('')).not.toContain('[DONE]');
});

test('usage that the upstream does not report is estimated', () => {
  const events = streamed(reply([{ type: 'text', text: '12345678' }], { usage: null }));
  expect(events.at(-1)).toMatchObject({ response: { usage: { input_tokens: 9, output_tokens: 2 } } });
});

const part: fc.Arbitrary<ReplyPart> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: fc.string({ minLength: 1 }) }),
  fc.record({
    type: fc.constant('thinking' as const),
    text: fc.string({ minLength: 1 }),
    signature: fc.option(fc.string({ minLength: 1 })),
  }),
  fc.record({
    type: fc.constant('thinking' as const),
    text: fc.constant(''),
    signature: fc.string({ minLength: 1 }),
  }),
  fc.record({ type: fc.constant('redacted-thinking' as const), data: fc.string({ minLength: 1 }) }),
  fc.record({
    type: fc.constant('tool-call' as const),
    id: fc.string({ minLength: 1 }),
    name: fc.constantFrom('f', 'apply_patch'),
    arguments: fc.constantFrom('', '{}', '{"input":"x"}', '{"a":', 'null'),
  }),
);

/** Two unsigned thoughts in a row are one in a stream, which has no event between them. */
function isSeparable(parts: readonly ReplyPart[]): boolean {
  return parts.every((each, index) => {
    const next = parts[index + 1];
    return !(each.type === 'thinking' && each.signature === null && next?.type === 'thinking');
  });
}

test('the end of a stream is the whole reply', () => {
  const replies = fc.record({
    parts: fc.array(part, { maxLength: 6 }).filter(isSeparable),
    refusal: fc.option(fc.string({ minLength: 1 })),
    finish: fc.constantFrom<ChatReply['finish']>('stop', 'length', 'tool-calls', 'content-filter'),
  });
  fc.assert(
    fc.property(replies, fc.boolean(), ({ parts, refusal, finish }, encrypted) => {
      const body = { tools: TOOLS, ...(encrypted ? { include: INCLUDE } : {}) };
      const answer = reply(parts, { refusal, finish });
      const expected = whole(answer, body);
      const last = streamed(answer, body).at(-1) as { response: typeof expected };
      expect(last.response).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
