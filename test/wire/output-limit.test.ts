import { describe, expect, test } from 'vitest';

import { claudeRules } from '../../src/providers/anthropic/rules.ts';
import { openAiType } from '../../src/providers/openai/settings.ts';
import type { TargetRequest } from '../../src/wire/exchange.ts';
import { outputRoom } from '../../src/wire/output-limit.ts';
import { wireOf, type AnyWire, type Endpoint } from '../../src/wire/wires.ts';
import { json, MESSAGES_ENDPOINT, openAiEndpoint, openAt } from '../support/wire.ts';

const messages = [{ role: 'user', content: 'hi' }];
const COMPLETIONS: Endpoint = {
  format: 'openai-completions',
  path: '/completions',
  dialect: { unaryAsStream: false, single: false, stopSequences: null },
};

interface Seen {
  readonly body: Record<string, unknown>;
  readonly warnings: readonly string[];
}

/** What goes out for a client's body. */
function sendTo(endpoint: Endpoint, wire: AnyWire, body: object, wanted: Partial<TargetRequest>): Seen {
  const made = openAt(wire.scan(json({ model: 'm', ...body })), [endpoint], wanted);
  return {
    body: JSON.parse(String(made.body)) as Record<string, unknown>,
    warnings: made.warnings.map(({ code, detail }) => `${code}=${detail}`),
  };
}

const [CHAT, MESSAGES] = [wireOf('openai-chat'), wireOf('anthropic-messages')];
const SIXTEEN = { maxOutputTokens: 16_384 };
const LOWERED = ['parameter_changed=max_tokens (32000 to 16384)'];

describe('what a window leaves for the reply', () => {
  test.each([
    [32_768, 2_000, 30_568],
    [2_048, 100, 1_938],
    [200_000, 150_000, 35_000],
    [2_048, 1_900, 256],
    [100, 5_000, 256],
  ])('of %i tokens after an estimated input of %i is %i, and never below 256', (window, estimated, left) => {
    expect(outputRoom(window, { estimatedTokens: estimated })).toBe(left);
  });

  test('is not known of an unknown window, and only the longest of several prompts counts', () => {
    expect(outputRoom(null, { estimatedTokens: 10 })).toBeNull();
    expect(outputRoom(1_000, { estimatedTokens: 5_000, longestInputTokens: 100 })).toBe(890);
  });
});

describe('wire case 211: a limit above that of the model', () => {
  test.each([
    ['an OpenAI client at an OpenAI server', openAiEndpoint(), CHAT],
    ['an Anthropic client at an OpenAI server', openAiEndpoint(), MESSAGES],
    ['an OpenAI client at Anthropic', MESSAGES_ENDPOINT, CHAT],
    ['an Anthropic client at Anthropic', MESSAGES_ENDPOINT, MESSAGES],
  ])('is lowered with a warning for %s', (_, endpoint, wire) => {
    const sent = sendTo(endpoint, wire, { messages, max_tokens: 32_000 }, SIXTEEN);
    expect(sent).toMatchObject({ body: { max_tokens: 16_384 }, warnings: LOWERED });
    const small = sendTo(endpoint, wire, { messages, max_tokens: 16_384 }, SIXTEEN);
    expect(small).toMatchObject({ body: { max_tokens: 16_384 }, warnings: [] });
  });

  test('is lowered for a completion, with its default', () => {
    const completions = wireOf('openai-completions');
    const sent = sendTo(COMPLETIONS, completions, { prompt: 'a', max_tokens: 32_000 }, SIXTEEN);
    expect(sent).toMatchObject({ body: { max_tokens: 16_384 }, warnings: LOWERED });
    const params = { max_completion_tokens: 32_000 };
    expect(sendTo(COMPLETIONS, completions, { prompt: 'a' }, { ...SIXTEEN, params })).toMatchObject({
      body: { max_tokens: 16_384 },
      warnings: LOWERED,
    });
  });

  test('is lowered under either name, and under the one that goes out', () => {
    const renames = openAiEndpoint({ renames: { max_tokens: 'max_completion_tokens' } });
    const old = sendTo(renames, CHAT, { messages, max_tokens: 32_000 }, SIXTEEN);
    expect(old).toMatchObject({ body: { max_completion_tokens: 16_384 }, warnings: LOWERED });
    expect(old.body).not.toHaveProperty('max_tokens');
    const both = { messages, max_tokens: 5, max_completion_tokens: 32_000 };
    const sent = sendTo(openAiEndpoint(), CHAT, both, SIXTEEN);
    expect(sent.body).toMatchObject({ max_completion_tokens: 16_384 });
    expect(sent.warnings).toEqual(['parameter_changed=max_completion_tokens (32000 to 16384)']);
    const unlimited = { messages, max_tokens: 32_000, max_completion_tokens: -1 };
    expect(sendTo(openAiEndpoint(), CHAT, unlimited, SIXTEEN).warnings).toEqual([]);
  });

  test('is lowered where it is a default of the target', () => {
    const wanted = { ...SIXTEEN, params: { max_tokens: 32_000 } };
    for (const endpoint of [openAiEndpoint(), MESSAGES_ENDPOINT]) {
      for (const wire of [CHAT, MESSAGES]) {
        expect(sendTo(endpoint, wire, { messages }, wanted)).toMatchObject({
          body: { max_tokens: 16_384 },
          warnings: LOWERED,
        });
      }
    }
  });

  test('is found in the table of OpenAI’s models, unless the configuration says otherwise', () => {
    const endpoint = openAiType.settings.endpoints.find(({ format }) => format === 'openai-chat');
    if (endpoint === undefined) throw new Error('no endpoint');
    const limit = (modelId: string, max_tokens: number, maxOutputTokens: number | null = null): unknown =>
      sendTo(endpoint, CHAT, { messages, max_tokens }, { modelId, maxOutputTokens }).body[
        'max_completion_tokens'
      ];
    expect(limit('gpt-4o', 32_000)).toBe(16_384);
    expect(limit('gpt-4o', 32_000, 20_000)).toBe(20_000);
    expect(limit('ft:gpt-4o-mini-2024-07-18:acme::id', 32_000)).toBe(16_384);
    expect(limit('gpt-4o-2024-05-13', 32_000)).toBe(4096);
    expect(limit('gpt-4-turbo', 32_000)).toBe(4096);
    expect(limit('gpt-4', 32_000)).toBe(8192);
    expect(limit('gpt-4.1-mini', 64_000)).toBe(32_768);
    expect(limit('o4-mini', 128_000)).toBe(100_000);
    expect(limit('gpt-5.2', 32_000)).toBe(32_000);
    expect(limit('gpt-77', 999_999)).toBe(999_999);
  });
});

describe('wire case 211: a limit above what the window leaves', () => {
  test.each([openAiEndpoint(), MESSAGES_ENDPOINT])(
    'is lowered for clients of both wires (%#)',
    (endpoint) => {
      for (const wire of [CHAT, MESSAGES]) {
        const sent = sendTo(endpoint, wire, { messages, max_tokens: 32_000 }, { outputRoom: 1_900 });
        expect(sent).toMatchObject({
          body: { max_tokens: 1_900 },
          warnings: ['parameter_changed=max_tokens (32000 to 1900)'],
        });
      }
    },
  );

  test('is not sent where Laneway makes it up, with a warning that names the number', () => {
    const rules = claudeRules('claude-sonnet-4-20250514');
    for (const wire of [CHAT, MESSAGES]) {
      const sent = sendTo(MESSAGES_ENDPOINT, wire, { messages }, { rules, outputRoom: 35_000 });
      expect(sent).toMatchObject({ body: { max_tokens: 35_000 }, warnings: ['max_tokens_assumed=35000'] });
      const unknown = sendTo(MESSAGES_ENDPOINT, wire, { messages }, { outputRoom: 700 });
      expect(unknown).toMatchObject({ body: { max_tokens: 700 }, warnings: ['max_tokens_assumed=700'] });
    }
  });

  test('stays for a client that asks Anthropic for the longer window or output', () => {
    const limits = { maxOutputTokens: 64_000, outputRoom: 256 };
    const sent = (betas: string): unknown => {
      const wanted = { ...limits, headers: { 'anthropic-beta': betas } };
      return sendTo(MESSAGES_ENDPOINT, MESSAGES, { messages, max_tokens: 100_000 }, wanted).body[
        'max_tokens'
      ];
    };
    expect(sent('context-1m-2025-08-07')).toBe(64_000);
    expect(sent('output-128k-2025-02-19,context-1m-2025-08-07')).toBe(100_000);
    expect(sent('interleaved-thinking-2025-05-14')).toBe(256);
  });
});

describe('wire case 211: a thinking budget of an Anthropic client that the lowered limit does not hold', () => {
  const think = (budget_tokens: number, max_tokens: number, room: number): Seen => {
    const thinking = { type: 'enabled', budget_tokens, display: 'omitted' };
    return sendTo(MESSAGES_ENDPOINT, MESSAGES, { messages, max_tokens, thinking }, { outputRoom: room });
  };

  test('is lowered to the half of it, and disabled where the half is too small', () => {
    const sent = think(31_999, 32_000, 8_000);
    expect(sent.body['thinking']).toEqual({ type: 'enabled', budget_tokens: 4_000, display: 'omitted' });
    expect(sent.warnings).toEqual([
      'parameter_changed=max_tokens (32000 to 8000)',
      'parameter_changed=thinking.budget_tokens (31999 to 4000)',
    ]);
    expect(think(31_999, 32_000, 900).body['thinking']).toEqual({ type: 'disabled' });
  });

  test('stays where it still fits, or was larger than the limit from the beginning', () => {
    expect(think(2_000, 32_000, 8_000).body['thinking']).toMatchObject({ budget_tokens: 2_000 });
    expect(think(40_000, 32_000, 8_000).body['thinking']).toMatchObject({ budget_tokens: 40_000 });
  });
});
