import { describe, expect, test } from 'vitest';
import type { ChatReply, ReplyPart } from '../../src/protocol/chat.ts';
import type { StreamEvent } from '../../src/protocol/stream-event.ts';
import { messagesCodec } from '../../src/wire/anthropic-messages/codec.ts';
import { passReply } from '../../src/wire/anthropic-messages/pass-reply.ts';
import { MessagesGuard } from '../../src/wire/anthropic-messages/stream/guard.ts';
import { replyEvents } from '../../src/wire/chat/reply-events.ts';
import { openAiChatCodec } from '../../src/wire/openai-chat/codec.ts';
import { dataIn, event, json, relay } from '../support/wire.ts';

const CLIENT = {
  wall: () => 0,
  replyOptions: { includeUsage: true, legacyCalls: false },
  modelId: 'm',
  estimatedInputTokens: 9,
};

const PARTS: ReplyPart[] = [
  { type: 'thinking', text: 'hm', signature: null },
  { type: 'text', text: 'Hello' },
  { type: 'tool-call', id: 'call_1', name: 'f', arguments: '{}' },
];
const REPLY: ChatReply = {
  id: 'x',
  model: 'm',
  parts: PARTS,
  refusal: null,
  finish: 'tool-calls',
  stopSequence: null,
  usage: null,
};

/** The keys of every object in a value, as paths with their types; elements of lists share a path. */
function keysOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown) => keysOf(each, path));
  if (typeof value !== 'object' || value === null)
    return [`${path} ${value === null ? 'null' : typeof value}`];
  return Object.entries(value).flatMap(([key, inner]) => keysOf(inner, path === '' ? key : `${path}.${key}`));
}

const nullsIn = (value: unknown): string[] =>
  [...new Set(keysOf(value))]
    .filter((key) => key.endsWith(' null'))
    .map((key) => key.slice(0, -5))
    .toSorted();

const parsed = (bytes: Buffer): unknown => JSON.parse(bytes.toString());
const streamed = (codec: typeof messagesCodec | typeof openAiChatCodec): Record<string, unknown>[] => {
  const encoder = codec.openEncoder(CLIENT);
  const output = replyEvents(REPLY).map((each: StreamEvent) => Buffer.from(encoder.write(each)));
  return dataIn(output)
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data) as Record<string, unknown>);
};

/**
 * The only keys that a translated reply may have as null. Each is nullable in the vendor's own type; a key that the vendor
 * leaves out (`citations`, `caller`, `annotations`, `audio`, `function_call`, `service_tier` of a completion) is not there.
 */
describe('wire case 142: a key is null only where the vendor writes it as null', () => {
  const USAGE = ['cache_creation', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'inference_geo'];
  const MORE_USAGE = ['output_tokens_details', 'server_tool_use', 'service_tier', 'speed'];
  // `Message` and `Usage` of @anthropic-ai/sdk 1.11; all nullish in @ai-sdk/anthropic 3 and 4.
  const MESSAGE = ['container', 'diagnostics', 'stop_details', 'stop_sequence'];
  const usage = [...USAGE, ...MORE_USAGE].map((key) => `usage.${key}`);
  // `MessageDeltaUsage` has fewer keys.
  const deltaUsage = usage.filter((key) => !/cache_creation$|inference_geo|service_tier|speed/.test(key));

  test('a whole message', () => {
    const reply = parsed(messagesCodec.encodeReply(REPLY, CLIENT));
    expect(nullsIn(reply)).toEqual([...MESSAGE, ...usage].toSorted());
    expect(keysOf(reply).filter((key) => /citations|caller/.test(key))).toEqual([]);
    expect(reply).toMatchObject({
      content: [{ type: 'thinking', signature: '' }, { type: 'text' }, { type: 'tool_use', input: {} }],
      usage: { input_tokens: 9, output_tokens: 3 },
    });
  });

  test.each<[string, readonly string[]]>([
    ['message_start', ['stop_reason', ...MESSAGE, ...usage].map((key) => `message.${key}`)],
    ['content_block_start', []],
    ['content_block_delta', []],
    ['content_block_stop', []],
    ['message_delta', ['delta.container', 'delta.stop_details', 'delta.stop_sequence', ...deltaUsage]],
    ['message_stop', []],
  ])('the event %s', (type, nulls) => {
    const events = streamed(messagesCodec).filter((each) => each['type'] === type);
    expect(events.length).toBeGreaterThan(0);
    expect(nullsIn(events)).toEqual([...nulls].toSorted());
    const keys = events.flatMap((each) => keysOf(each));
    expect(keys.filter((key) => /citations|caller/.test(key))).toEqual([]);
    if (type === 'message_delta') expect(keys.join()).not.toMatch(/service_tier|speed|inference_geo/);
  });

  // `ChatCompletion` and `ChatCompletionChunk` of openai 7.55; `logprobs` and `refusal` are required there.
  test('a whole completion', () => {
    const reply = parsed(openAiChatCodec.encodeReply({ ...REPLY, usage: null }, CLIENT));
    expect(nullsIn(reply)).toEqual(['choices.logprobs', 'choices.message.refusal']);
  });

  test('the chunks of a stream', () => {
    expect(nullsIn(streamed(openAiChatCodec))).toEqual([
      'choices.delta.refusal',
      'choices.finish_reason',
      'choices.logprobs',
      'usage',
    ]);
  });
});

describe('wire case 142: what another server of the Messages API writes as null is left out, or completed', () => {
  const given = [
    { type: 'thinking', thinking: 'hm', signature: null },
    { type: 'text', text: 'Hi', citations: null },
    { type: 'tool_use', id: 'a', name: 'f', input: { n: 1 }, caller: null, toolset_name: null },
  ];
  const wanted = [
    { type: 'thinking', thinking: 'hm', signature: '' },
    { type: 'text', text: 'Hi' },
    { type: 'tool_use', id: 'a', name: 'f', input: { n: 1 }, toolset_name: null },
  ];
  const frame = { id: 'm', type: 'message', role: 'assistant', model: 'm', stop_reason: 'tool_use' };
  const passed = (reply: object): ReturnType<typeof passReply> =>
    passReply(json(reply), { keys: null, estimatedInputTokens: 9 });

  test('in a whole message, whose other bytes pass', () => {
    const usage = { input_tokens: 1, output_tokens: 1 };
    const { body } = passed({ ...frame, content: given, usage });
    expect(parsed(body)).toEqual({ ...frame, content: wanted, usage });
    const complete = json({ ...frame, content: wanted, usage });
    expect(passReply(complete, { keys: null, estimatedInputTokens: 9 }).body).toBe(complete);
    const exact = '"input":{"n":1.0}';
    const odd = complete
      .toString()
      .replace('"input":{"n":1}', exact)
      .replace('"text":"Hi"', '"text":"Hi","citations":null');
    expect(passReply(Buffer.from(odd), { keys: null, estimatedInputTokens: 9 }).body.toString()).toContain(
      exact,
    );
  });

  test.each([undefined, null, {}, { input_tokens: null, output_tokens: 2 }])(
    'wire case 127: usage (%j) is completed with estimates, and flagged',
    (usage) => {
      const reply = passed({ ...frame, content: wanted, usage });
      expect(parsed(reply.body)).toMatchObject({
        usage: { input_tokens: 9, output_tokens: usage?.output_tokens ?? 3 },
      });
      expect(reply.usage).toMatchObject({ inputTokens: 9, estimated: true });
    },
  );

  test('in a stream', () => {
    const text = [
      event({ type: 'message_start', message: { ...frame, content: [], usage: { input_tokens: null } } }),
      event({
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'text', text: '', citations: null },
      }),
      event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } }),
      event({ type: 'content_block_stop', index: 0 }),
      event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } }),
      event({ type: 'message_stop' }),
    ];
    const { output, fault } = relay(
      new MessagesGuard(9),
      text.map((each) => Buffer.from(each)),
    );
    expect(fault).toBeNull();
    expect(output).not.toContain('citations');
    expect(output).toContain('"input_tokens":9');
  });
});
