import { describe, expect, test } from 'vitest';
import { MessagesUsage } from '../../src/wire/anthropic-messages/usage.ts';
import { anthropicCountTokensWire } from '../../src/wire/anthropic-count-tokens/wire.ts';
import { usageTotal } from '../../src/wire/openai-chat/normalize/usage.ts';
import { readChatUsage } from '../../src/wire/openai-chat/usage.ts';
import { json, openAt } from '../support/wire.ts';

describe.each([-5, 1e308, 3.5, Number.MAX_SAFE_INTEGER + 2, '7'])('a count of %s tokens', (odd) => {
  test('from an OpenAI upstream does not reach a Messages client', () => {
    const details = { cached_tokens: odd, cache_write_tokens: odd };
    const usage = { prompt_tokens: odd, completion_tokens: 3, prompt_tokens_details: details };
    expect(readChatUsage({ usage })).toEqual({
      inputTokens: 0,
      outputTokens: 3,
      cachedInputTokens: null,
      reasoningTokens: null,
      cacheWriteTokens: null,
    });
    expect(readChatUsage({ usage: { prompt_tokens: odd, completion_tokens: odd } })).toBeNull();
  });

  test('from an Anthropic upstream does not reach an OpenAI client, and does not replace earlier counts', () => {
    const usage = new MessagesUsage();
    usage.read({ input_tokens: odd, cache_read_input_tokens: odd });
    expect(usage.total).toBeNull();
    usage.read({ input_tokens: 7, output_tokens: 3 });
    usage.read({ output_tokens: odd });
    expect(usage.total).toMatchObject({ inputTokens: 7, outputTokens: 3, cachedInputTokens: null });
  });

  test('does not enter a total', () => {
    const usage = { prompt_tokens: 4, completion_tokens: odd };
    usageTotal.reply?.({ usage }, undefined as never);
    expect(usage).toEqual({ prompt_tokens: 4, completion_tokens: 0, total_tokens: 4 });
  });

  test('is a fault in a reply of count_tokens', () => {
    const request = anthropicCountTokensWire.scan(
      json({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }),
    );
    const exchange = openAt(request, [
      { format: 'anthropic-count-tokens', path: '/v1/messages/count_tokens', dialect: {} },
    ]);
    expect(() => exchange.unary(json({ input_tokens: odd }))).toThrow('no token count');
  });
});

test('counts whose sum is not a safe integer are ignored', () => {
  const usage = new MessagesUsage();
  usage.read({ input_tokens: Number.MAX_SAFE_INTEGER, cache_read_input_tokens: 2, output_tokens: 3 });
  expect(usage.total?.inputTokens).toBe(0);
});
