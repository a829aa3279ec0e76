import { describe, expect, test } from 'vitest';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import type { ProviderSettings } from '../../src/providers/provider.ts';
import type { Exchange } from '../../src/wire/exchange.ts';
import { scanOpenAiChat } from '../../src/wire/openai-chat/scan.ts';
import { fixture, json, openAt, relay } from '../support/wire.ts';

function settings(type: string): ProviderSettings {
  const found = PROVIDER_TYPES.find((each) => each.settings.type === type);
  if (found === undefined) throw new Error(`no type ${type}`);
  return found.settings;
}

function open(type: string, body: object): Exchange {
  const messages = [
    { role: 'developer', content: 'hi' },
    { role: 'user', content: '?' },
  ];
  const request = scanOpenAiChat(json({ messages, ...body }));
  return openAt(request, settings(type).endpoints);
}

const sent = (type: string, body: object = {}): Record<string, unknown> =>
  JSON.parse(open(type, body).body.toString()) as Record<string, unknown>;

/** What Ollama's compatible API serves, and its own does not. */
const COMPATIBLE = { logprobs: true };

describe('the types know the quirks of their servers', () => {
  test.each(['ollama', 'vllm', 'llamacpp', 'groq', 'openai_compatible'])(
    'wire case 83: %s gets system for developer',
    (type) => {
      expect(sent(type)).toMatchObject({ messages: [{ role: 'system', content: 'hi' }, {}] });
    },
  );

  test('wire case 83: openai gets developer', () => {
    expect(sent('openai')).toMatchObject({ messages: [{ role: 'developer', content: 'hi' }, {}] });
  });

  test.each([
    ['groq', {}],
    ['ollama', COMPATIBLE],
  ])('wire case 162: %s never gets a request for two choices', (type, more) => {
    expect(() => open(type, { n: 2, ...more })).toThrow("'n' must be 1");
  });

  test('wire cases 97, 165: Groq gets a supported service tier and only one reasoning parameter', () => {
    const body = sent('groq', { service_tier: 'default', reasoning_format: 'raw', include_reasoning: true });
    expect(body).not.toHaveProperty('service_tier');
    expect(body).toHaveProperty('reasoning_format', 'raw');
    expect(body).not.toHaveProperty('include_reasoning');
    expect(sent('openai', { service_tier: 'default' })).toHaveProperty('service_tier', 'default');
  });

  test('wire case 28: two replies of Ollama, whose ids collide, get unique ids', () => {
    const bytes = fixture('ollama/chat-stream-usage.sse');
    const ids = (): Set<unknown> => {
      const { output } = relay(open('ollama', { ...COMPATIBLE, stream: true }).stream(), [bytes]);
      return new Set(Array.from(output.matchAll(/"id":"([^"]*)"/g), ([, id]) => id));
    };
    const [first, second] = [ids(), ids()];
    expect([first.size, second.size]).toEqual([1, 1]);
    expect(first).not.toEqual(second);
    expect(first).not.toContain('chatcmpl-138');
  });

  test('wire case 150: a failure inside Ollama (an empty chunk and an end without finish reason) is a broken stream', () => {
    const empty =
      'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":0,"model":"","system_fingerprint":"fp_ollama",' +
      '"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n';
    const stream = open('ollama', { ...COMPATIBLE, stream: true }).stream();
    expect(relay(stream, [empty])).toEqual({ output: '', state: 'failed', fault: 'cut' });
  });
});
