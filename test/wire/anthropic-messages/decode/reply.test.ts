import { describe, expect, test } from 'vitest';
import type { ChatReply } from '../../../../src/protocol/chat.ts';
import { decodeMessagesReply } from '../../../../src/wire/anthropic-messages/decode/reply.ts';
import { WireFault } from '../../../../src/wire/fault.ts';
import { fixture, json } from '../../../support/wire.ts';

/** Written from the types of `@anthropic-ai/sdk` 1.11 (`Message`); docs: platform.claude.com/docs/en/api/messages. */
const MESSAGE = {
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: 'Hello', citations: null }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
};
const read = (changes: object): ChatReply => decodeMessagesReply(json({ ...MESSAGE, ...changes }));
const use = (id: string | undefined, input: unknown, name = 'f'): object => ({
  type: 'tool_use',
  id,
  name,
  input,
});

describe('a unary reply', () => {
  test('has id, model, content, finish reason and usage', () => {
    expect(read({})).toEqual({
      id: 'msg_01',
      model: 'claude-haiku-4-5',
      parts: [{ type: 'text', text: 'Hello' }],
      refusal: null,
      finish: 'stop',
      stopSequence: null,
      usage: {
        inputTokens: 3,
        outputTokens: 2,
        cachedInputTokens: null,
        cacheWriteTokens: null,
        reasoningTokens: null,
      },
    });
  });

  test('wire cases 108, 110, 120: thinking in its order with signatures, redacted thinking unchanged, unknown blocks skipped', () => {
    const content = [
      { type: 'thinking', thinking: 'hm', signature: 'sig/+=' },
      { type: 'thinking', thinking: '', signature: 'hidden' },
      { type: 'redacted_thinking', data: 'opaque' },
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
      { type: 'novelty' },
      'no block',
      { type: 'text', text: '' },
      { type: 'text', text: 'a' },
    ];
    expect(read({ content }).parts).toEqual([
      { type: 'thinking', text: 'hm', signature: 'sig/+=' },
      { type: 'thinking', text: '', signature: 'hidden' },
      { type: 'redacted-thinking', data: 'opaque' },
      { type: 'text', text: 'a' },
    ]);
  });

  test('wire cases 53, 61: parallel calls keep their ids and order; no input is an empty object', () => {
    const content = [
      { type: 'text', text: 'I call' },
      use('toolu_1', { a: [1, { b: null }] }),
      use('toolu_2', {}),
    ];
    const reply = read({ content, stop_reason: 'tool_use' });
    expect(reply.finish).toBe('tool-calls');
    expect(reply.parts.slice(1)).toEqual([
      { type: 'tool-call', id: 'toolu_1', name: 'f', arguments: '{"a":[1,{"b":null}]}' },
      { type: 'tool-call', id: 'toolu_2', name: 'f', arguments: '{}' },
    ]);
    expect(read({ content: [use('a', undefined)] }).parts).toMatchObject([{ arguments: '{}' }]);
  });

  test('wire case 77: a call without an id gets a unique one', () => {
    const ids = read({ content: [use(undefined, {}), use('', {})] }).parts.map(
      (part) => 'id' in part && part.id,
    );
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^toolu_msg_01_\d$/);
  });

  test('wire case 99: numbers in an input that do not fit a double are unchanged', () => {
    const body = JSON.stringify({ ...MESSAGE, content: [use('a', { id: 0 })] });
    const reply = decodeMessagesReply(
      Buffer.from(body.replace('{"id":0}', '{"id":123456789012345678,"x":1.0}')),
    );
    expect(reply.parts).toMatchObject([{ arguments: '{"id":123456789012345678,"x":1.0}' }]);
  });

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content-filter'],
    ['a_reason_of_next_year', 'stop'],
  ])('wire case 113: stop reason %s becomes %s', (stopReason, finish) => {
    expect(read({ stop_reason: stopReason }).finish).toBe(finish);
  });

  test('wire cases 62, 63: calls determine the reason, except for a cut, a refusal and a pause', () => {
    const content = [use('a', {})];
    expect(read({ content, stop_reason: 'end_turn' }).finish).toBe('tool-calls');
    expect(read({ stop_reason: 'tool_use' }).finish).toBe('stop');
    expect(read({ content, stop_reason: 'max_tokens' }).finish).toBe('length');
    expect(read({ content, stop_reason: 'refusal' }).finish).toBe('content-filter');
    expect(read({ content, stop_reason: 'pause_turn' }).finish).toBe('stop');
  });

  test('wire case 112: a refusal keeps its explanation', () => {
    const details = { type: 'refusal', category: 'cyber', explanation: 'Not this.' };
    const refused = { stop_reason: 'refusal', stop_details: details, content: [] };
    expect(read(refused)).toMatchObject({ parts: [], refusal: 'Not this.', finish: 'content-filter' });
    expect(read({ ...refused, stop_details: { ...details, explanation: null } }).refusal).toBeNull();
  });

  test('wire case 138: the matched stop sequence is reported', () => {
    expect(read({ stop_reason: 'stop_sequence', stop_sequence: 'END' }).stopSequence).toBe('END');
  });

  test('wire case 50: cached tokens are part of the prompt', () => {
    const usage = {
      input_tokens: 3,
      cache_creation_input_tokens: 10,
      cache_read_input_tokens: 100,
      output_tokens: 2,
      output_tokens_details: { thinking_tokens: 1 },
    };
    expect(read({ usage }).usage).toEqual({
      inputTokens: 113,
      outputTokens: 2,
      cachedInputTokens: 100,
      cacheWriteTokens: 10,
      reasoningTokens: 1,
    });
    expect(read({ usage: null }).usage).toBeNull();
  });

  test('a recorded reply of llama-server’s Messages endpoint is decoded', () => {
    const reply = decodeMessagesReply(fixture('llamacpp/messages-unary.json'));
    expect(reply).toMatchObject({ model: 'smollm2-135m-tools', usage: { inputTokens: 24, outputTokens: 8 } });
  });
});

test.each([
  ['HTML', '<html></html>', 'malformed'],
  ['an array', '[]', 'malformed'],
  ['no content', '{"type":"message","stop_reason":"end_turn"}', 'malformed'],
  ['no stop reason', '{"type":"message","content":[],"stop_reason":null}', 'malformed'],
  [
    'a call without a name',
    '{"content":[{"type":"tool_use","id":"a","input":{}}],"stop_reason":"tool_use"}',
    'malformed',
  ],
  ['an error', '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 'error_event'],
])('%s with status 200 is a fault', (_name, body, kind) => {
  const decode = (): unknown => decodeMessagesReply(Buffer.from(body));
  expect(decode).toThrow(WireFault);
  expect(decode).toThrow(expect.objectContaining({ kind }) as Error);
});
