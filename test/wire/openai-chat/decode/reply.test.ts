import { describe, expect, test } from 'vitest';
import type { ChatReply } from '../../../../src/protocol/chat.ts';
import { decodeOpenAiReply } from '../../../../src/wire/openai-chat/decode/reply.ts';
import { faultOf } from '../../../support/openai-upstream.ts';
import { fixture, json } from '../../../support/wire.ts';

function read(
  message: object,
  finish: unknown = 'stop',
  more: object = {},
  ofChoice: object = {},
): ChatReply {
  const choice = { index: 0, message: { role: 'assistant', ...message }, finish_reason: finish, ...ofChoice };
  return decodeOpenAiReply(json({ id: 'chatcmpl-1', created: 1, model: 'm', choices: [choice], ...more }));
}
const called = (name: string, args: unknown, id: unknown = 'call_1'): object => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});

describe('a unary reply in the neutral form', () => {
  test('a real llama-server’s', () => {
    expect(decodeOpenAiReply(fixture('llamacpp/chat-unary.json'))).toEqual({
      id: expect.stringMatching(/^chatcmpl-/),
      model: 'smollm2-135m-tools',
      parts: [{ type: 'text', text: 'The capital of France is Paris.' }],
      refusal: null,
      finish: 'stop',
      stopSequence: null,
      usage: {
        inputTokens: 16,
        outputTokens: 8,
        cachedInputTokens: 0,
        reasoningTokens: null,
        cacheWriteTokens: null,
      },
    });
  });

  test('a real llama-server’s call: no text part for its empty content', () => {
    const { parts, finish } = decodeOpenAiReply(fixture('llamacpp/chat-tool-unary.json'));
    expect(finish).toBe('tool-calls');
    expect(parts).toEqual([
      { type: 'tool-call', id: expect.any(String), name: 'get_weather', arguments: '{"city": "Paris"}' },
    ]);
  });

  test('a real Ollama’s', () => {
    expect(decodeOpenAiReply(fixture('ollama/chat-unary.json'))).toMatchObject({
      parts: [{ type: 'text', text: 'The capital of France is Paris.' }],
      usage: { inputTokens: 16, cachedInputTokens: null },
    });
  });

  test('thinking, then text, then calls', () => {
    const message = { content: 'so', reasoning_content: 'hm', tool_calls: [called('a', '{"x":1}')] };
    expect(read(message, 'tool_calls').parts).toEqual([
      { type: 'thinking', text: 'hm', signature: null },
      { type: 'text', text: 'so' },
      { type: 'tool-call', id: 'call_1', name: 'a', arguments: '{"x":1}' },
    ]);
  });

  test.each([
    ['reasoning', { reasoning: 'hm' }],
    ['reasoning_content with a null reasoning', { reasoning_content: 'hm', reasoning: null }],
    ['both', { reasoning_content: 'hm', reasoning: 'hm' }],
  ])('wire case 143: thinking under %s', (_name, message) => {
    expect(read({ content: null, ...message }).parts).toEqual([
      { type: 'thinking', text: 'hm', signature: null },
    ]);
  });

  test('wire cases 61, 77: a call without arguments has {}, one without an id gets one', () => {
    const { parts } = read({ tool_calls: [called('a', '', ''), called('b', { x: 1 }, null)] }, 'tool_calls');
    expect(parts).toEqual([
      { type: 'tool-call', id: expect.stringMatching(/^call_[0-9a-z]{24}$/), name: 'a', arguments: '{}' },
      {
        type: 'tool-call',
        id: expect.stringMatching(/^call_[0-9a-z]{24}$/),
        name: 'b',
        arguments: '{"x":1}',
      },
    ]);
  });

  test('wire case 76: the legacy function_call', () => {
    const reply = read({ content: null, function_call: { name: 'a', arguments: '{}' } }, 'function_call');
    expect(reply).toMatchObject({ finish: 'tool-calls', parts: [{ type: 'tool-call', name: 'a' }] });
  });

  test.each([
    ['62: stop with a call', 'stop', [called('a', '{}')], 'tool-calls'],
    ['63: tool_calls without a call', 'tool_calls', [], 'stop'],
    ['64: the limit inside a call', 'length', [called('a', '{"x')], 'length'],
    ['112: a filter', 'content_filter', [], 'content-filter'],
    ['152: an unknown reason', 'eos', [], 'stop'],
    ['152: no finish reason at all (LocalAI)', undefined, [], 'stop'],
  ])('wire case %s', (_name, word, calls, expected) => {
    expect(read({ content: 'x', tool_calls: calls }, word).finish).toBe(expected);
  });

  test('wire case 36: a refusal is separate from the parts', () => {
    expect(read({ content: null, refusal: 'no' })).toMatchObject({
      parts: [],
      refusal: 'no',
      finish: 'stop',
    });
  });

  test('wire case 138: vLLM’s stop_reason holds the stop sequence', () => {
    expect(read({ content: 'x' }, 'stop', {}, { stop_reason: '###' }).stopSequence).toBe('###');
  });

  test('wire cases 50, 148: usage with cached, written and thinking tokens; Groq’s and llama.cpp’s formats', () => {
    const usage = {
      prompt_tokens: 9,
      completion_tokens: 8,
      prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 6 },
    };
    expect(read({ content: 'x' }, 'stop', { usage }).usage).toEqual({
      inputTokens: 9,
      outputTokens: 8,
      cachedInputTokens: 3,
      cacheWriteTokens: 2,
      reasoningTokens: 6,
    });
    const counts = { prompt_tokens: 1, completion_tokens: 2 };
    expect(read({ content: 'x' }, 'stop', { x_groq: { usage: counts } }).usage).toMatchObject({
      outputTokens: 2,
    });
    expect(read({ content: 'x' }, 'stop', {}).usage).toBeNull();
  });
});

describe('not a reply', () => {
  test('wire case 15: an error with status 200', () => {
    const fault = faultOf(() => decodeOpenAiReply(json({ error: { message: 'boom', code: 500 } })));
    expect(fault).toMatchObject({ kind: 'error_event', upstream: { message: 'boom', code: '500' } });
  });

  test.each([
    ['not JSON', Buffer.from('proxy error: x')],
    ['a list', json([])],
    ['no choice', json({ choices: [] })],
    ['no message', json({ choices: [{ index: 0 }] })],
    ['a call without a name', json({ choices: [{ message: { tool_calls: [{ id: 'a' }] } }] })],
  ])('%s is malformed', (_name, body) => {
    expect(faultOf(() => decodeOpenAiReply(body)).kind).toBe('malformed');
  });
});
