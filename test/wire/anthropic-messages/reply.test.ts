import { describe, expect, test } from 'vitest';
import { WireFault, type Exchange, type UnaryReply } from '../../../src/wire/exchange.ts';
import { openExchange } from '../../../src/wire/open-exchange.ts';
import { readOpenAiChat } from '../../../src/wire/openai-chat/request.ts';
import { dialect, fixture, json, target } from '../../support/wire.ts';

const CLOCK = { now: () => 0, wall: () => 1_795_246_738_900 };

function exchange(): Exchange {
  const request = readOpenAiChat(json({ max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }));
  return openExchange(request, dialect({ wire: 'anthropic-messages' }), target(), CLOCK);
}

const MESSAGE = {
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 3, output_tokens: 2 },
};

interface Completion {
  choices: { message: Record<string, unknown>; finish_reason: string }[];
}

function bring(changes: object): { reply: UnaryReply; message: Record<string, unknown>; finish: string } {
  const reply = exchange().unary(json({ ...MESSAGE, ...changes }));
  const [choice] = (JSON.parse(reply.body.toString()) as Completion).choices;
  return { reply, message: choice!.message, finish: choice!.finish_reason };
}

describe('wire-formats 3.2: a Messages reply as a chat completion', () => {
  test('the whole shape', () => {
    const reply = exchange().unary(json(MESSAGE));
    expect(JSON.parse(reply.body.toString())).toEqual({
      id: 'chatcmpl-01',
      object: 'chat.completion',
      created: 1_795_246_738,
      model: 'claude-haiku-4-5',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 3,
        completion_tokens: 2,
        total_tokens: 5,
        prompt_tokens_details: { cached_tokens: 0 },
      },
    });
    expect(reply.model).toBe('claude-haiku-4-5');
  });

  test('text blocks are joined; without any the content is null', () => {
    const content = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'ö' },
    ];
    expect(bring({ content }).message['content']).toBe('aö');
    expect(bring({ content: [] }).message['content']).toBeNull();
  });

  test('thinking becomes reasoning_content, without its signature; without any the key is absent', () => {
    const content = [
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
      { type: 'text', text: 'a' },
    ];
    const { message } = bring({ content });
    expect(message).toEqual({ role: 'assistant', content: 'a', reasoning_content: 'hm', refusal: null });
    expect(bring({}).message).not.toHaveProperty('reasoning_content');
  });

  test('wire cases 110, 120: blocks of other types are skipped', () => {
    const content = [
      { type: 'redacted_thinking', data: 'x' },
      { type: 'server_tool_use', id: 'a' },
      { type: 'text', text: 'a' },
    ];
    expect(bring({ content }).message).toEqual({ role: 'assistant', content: 'a', refusal: null });
  });

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['a_reason_of_next_year', 'stop'],
  ])('wire case 113: stop reason %s is %s', (stopReason, finish) => {
    expect(bring({ stop_reason: stopReason }).finish).toBe(finish);
  });

  test('wire case 112: a refusal keeps its explanation', () => {
    const refused = {
      stop_reason: 'refusal',
      stop_details: { category: 'cyber', explanation: 'Not this.' },
      content: [],
    };
    expect(bring(refused)).toMatchObject({
      message: { content: null, refusal: 'Not this.' },
      finish: 'content_filter',
    });
  });

  test('wire case 50: cached tokens are part of the prompt', () => {
    const usage = {
      input_tokens: 3,
      cache_creation_input_tokens: 10,
      cache_read_input_tokens: 100,
      output_tokens: 2,
      output_tokens_details: { thinking_tokens: 1 },
    };
    const { reply } = bring({ usage });
    expect(reply.usage).toMatchObject({
      inputTokens: 113,
      outputTokens: 2,
      cachedInputTokens: 100,
      reasoningTokens: 1,
    });
    expect((JSON.parse(reply.body.toString()) as { usage: unknown }).usage).toEqual({
      prompt_tokens: 113,
      completion_tokens: 2,
      total_tokens: 115,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 10 },
      completion_tokens_details: { reasoning_tokens: 1 },
    });
  });

  test('a reply of a real llama-server’s Messages endpoint is read', () => {
    const reply = exchange().unary(fixture('llamacpp/messages-unary.json'));
    expect(reply).toMatchObject({ model: 'smollm2-135m-tools', usage: { inputTokens: 24, outputTokens: 8 } });
    expect(reply.body.toString()).toMatch(/"id":"chatcmpl-Np6jZ1jgkDp6nwJXh0h3bSSPf05qcKfb"/);
  });
});

test.each([
  ['HTML', '<html></html>', 'malformed'],
  ['an array', '[]', 'malformed'],
  ['no content', '{"type":"message","stop_reason":"end_turn"}', 'malformed'],
  ['no stop reason', '{"type":"message","content":[],"stop_reason":null}', 'malformed'],
  ['an error', '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 'error_event'],
])('%s under a 200 is no reply', (_name, body, kind) => {
  const unary = (): unknown => exchange().unary(Buffer.from(body));
  expect(unary).toThrow(WireFault);
  expect(unary).toThrow(expect.objectContaining({ kind }) as Error);
});
