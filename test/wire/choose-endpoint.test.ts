import { describe, expect, test } from 'vitest';
import { ollamaType } from '../../src/providers/ollama/settings.ts';
import { chooseRoute } from '../../src/wire/open-exchange.ts';
import { wireOf } from '../../src/wire/wires.ts';
import { json, openAiEndpoint } from '../support/wire.ts';

const messages = [{ role: 'user', content: 'hi' }];

function pathOf(
  body: object,
  params: Record<string, unknown> = {},
  format: 'openai-chat' | 'anthropic-messages' = 'openai-chat',
): unknown {
  const request = wireOf(format).scan(json({ model: 'm', max_tokens: 9, messages, ...body }));
  return chooseRoute(request, ollamaType.settings.endpoints, () => params)?.endpoint.path;
}

describe('which API of Ollama a request uses', () => {
  test('its own, for clients of all chats', () => {
    expect(pathOf({})).toBe('/api/chat');
    expect(pathOf({ tools: [], stream: true, unknown: 1 })).toBe('/api/chat');
    expect(pathOf({}, {}, 'anthropic-messages')).toBe('/api/chat');
  });

  test('the compatible one for log probabilities, which a translation cannot carry', () => {
    expect(pathOf({ logprobs: true })).toBe('/v1/chat/completions');
    expect(pathOf({ logprobs: false, top_logprobs: 0 })).toBe('/api/chat');
    expect(pathOf({ logprobs: null })).toBe('/api/chat');
  });

  test('never the compatible one where a context is set: it would load the model again with another', () => {
    expect(pathOf({ logprobs: true, num_ctx: 4096 })).toBe('/api/chat');
    expect(pathOf({ logprobs: true }, { num_ctx: 4096 })).toBe('/api/chat');
    expect(pathOf({ logprobs: true }, { keep_alive: '1h' })).toBe('/v1/chat/completions');
  });

  test('text completions have one endpoint, whatever they contain', () => {
    const request = wireOf('openai-completions').scan(json({ model: 'm', prompt: 'a' }));
    expect(chooseRoute(request, ollamaType.settings.endpoints)?.endpoint.path).toBe('/v1/completions');
  });

  test('an endpoint whose scope excludes the request serves it nevertheless if there is no other', () => {
    const scope = { onlyWith: ['logprobs'], neverWith: [] };
    const request = wireOf('openai-chat').scan(json({ model: 'm', messages }));
    expect(chooseRoute(request, [{ ...openAiEndpoint(), scope }])?.endpoint.path).toBe('/chat/completions');
  });
});
