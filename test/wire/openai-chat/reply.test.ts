import { describe, expect, test } from 'vitest';
import { WireFault } from '../../../src/wire/exchange.ts';
import { readOpenAiReply } from '../../../src/wire/openai-chat/reply.ts';
import { fixture, json } from '../../support/wire.ts';

function fault(body: Buffer): WireFault {
  try {
    readOpenAiReply(body);
  } catch (error) {
    if (error instanceof WireFault) return error;
    throw error;
  }
  throw new Error('the reply was accepted');
}

describe('a whole reply', () => {
  test('of a real llama-server passes as the very same Buffer, with usage and model', () => {
    const body = fixture('llamacpp/chat-unary.json');
    expect(readOpenAiReply(body)).toEqual({
      body,
      usage: { inputTokens: 16, outputTokens: 8, cachedInputTokens: 0, reasoningTokens: null },
      model: 'smollm2-135m-tools',
    });
    expect(readOpenAiReply(body).body).toBe(body);
  });

  test('usage details are read; what is not told is null, never 0', () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 20,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 15 },
    };
    const choices = [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }];
    expect(readOpenAiReply(json({ choices, usage })).usage).toEqual({
      inputTokens: 10,
      outputTokens: 20,
      cachedInputTokens: 4,
      reasoningTokens: 15,
    });
    expect(readOpenAiReply(json({ choices })).usage).toBeNull();
    expect(readOpenAiReply(json({ choices, usage: null })).usage).toBeNull();
  });

  test.each([
    ['nothing', ''],
    ['HTML', '<html><body>502 Bad Gateway</body></html>'],
    ['plain text under a JSON content type', 'proxy error: Could not establish connection'],
    ['half a reply', '{"choices":[{"message":'],
    ['an array', '[]'],
    ['null', 'null'],
    ['no choices', '{"id":"1"}'],
    ['empty choices', '{"choices":[]}'],
  ])('%s under a 200 is malformed', (_name, body) => {
    expect(fault(Buffer.from(body)).kind).toBe('malformed');
  });

  test.each([
    [
      { error: { message: 'model overloaded', type: 'server_error', code: 503 } },
      { message: 'model overloaded', code: '503' },
    ],
    [{ error: 'out of memory' }, { message: 'out of memory' }],
    [
      { object: 'error', message: 'bad', type: 'X', code: 40301 },
      { message: 'bad', type: 'X', code: '40301' },
    ],
  ])('wire case 15: an error under a 200 is one: %j', (body, words) => {
    const found = fault(json(body));
    expect(found.kind).toBe('error_event');
    expect(found.upstream).toMatchObject(words);
    expect(found.raw).toEqual(json(body));
  });
});
