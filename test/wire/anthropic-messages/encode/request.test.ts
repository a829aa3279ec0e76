import { describe, expect, test } from 'vitest';
import { claudeRules } from '../../../../src/providers/anthropic/rules.ts';
import { HI, SONNET_4_5, send, text, user } from '../../../support/claude-upstream.ts';

test('a plain request contains only model, limit and messages', () => {
  expect(send({ messages: [HI, user(text('there'))] })).toMatchObject({
    body: {
      model: SONNET_4_5,
      max_tokens: 9000,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'hi' },
            { type: 'text', text: 'there' },
          ],
        },
      ],
    },
    warnings: [],
  });
  expect(Object.keys(send({}).body)).toEqual(['model', 'max_tokens', 'messages']);
});

test('stream and user are sent, and stop sequences without blank ones', () => {
  const { body, warnings } = send({ stream: true, user: 'u-1', stop: ['END', ' \n'] });
  expect(body).toMatchObject({ stream: true, metadata: { user_id: 'u-1' }, stop_sequences: ['END'] });
  expect(warnings).toEqual(['parameter_dropped=stop (blank)']);
  expect(send({ stop: ['\n'] }).body).not.toHaveProperty('stop_sequences');
});

test('wire case 97: a service tier is sent under Anthropic’s name', () => {
  expect(send({ serviceTier: 'auto' }).body['service_tier']).toBe('auto');
  expect(send({ serviceTier: 'default' }).body['service_tier']).toBe('standard_only');
});

describe('wire case 101: the output limit', () => {
  const limit = (own: number | null, listed: number | null, id = SONNET_4_5): unknown =>
    send({ maxOutputTokens: own }, id, undefined, listed).body['max_tokens'];

  test('is the client’s, even 0, else the model’s, else that of the rules', () => {
    expect(limit(7, 64_000)).toBe(7);
    expect(limit(0, 64_000)).toBe(0);
    expect(limit(null, 50_000)).toBe(50_000);
    expect(limit(null, null)).toBe(64_000);
    expect(limit(null, null, 'claude-opus-4-20250514')).toBe(32_000);
    expect(limit(null, null, 'claude-opus-4-8')).toBe(128_000);
  });

  test('is assumed for an unknown model, with a warning', () => {
    const sent = send({ maxOutputTokens: null }, 'some-model');
    expect(sent.body['max_tokens']).toBe(4096);
    expect(sent.warnings).toEqual(['max_tokens_assumed=4096']);
  });
});

describe('sampling parameters', () => {
  test('a temperature above 1 is clamped; of temperature and top_p only the first is sent', () => {
    const sent = send({ temperature: 1.7, topP: 0.5, topK: 3 });
    expect(sent.body).toMatchObject({ temperature: 1, top_k: 3 });
    expect(sent.body).not.toHaveProperty('top_p');
    expect(sent.warnings).toEqual([
      'parameter_changed=temperature (clamped to 1)',
      'parameter_dropped=top_p',
    ]);
    expect(send({ topP: 0.5 }).body['top_p']).toBe(0.5);
  });

  test.each(['claude-opus-4-7', 'claude-sonnet-5', 'claude-opus-5-5', 'claude-next-9'])(
    'wire case 102: %s gets none, with a warning for each',
    (id) => {
      const sent = send({ temperature: 0.2, topP: 0.9, topK: 3 }, id);
      expect(Object.keys(sent.body)).toEqual(['model', 'max_tokens', 'messages']);
      expect([...sent.warnings].sort()).toEqual([
        'parameter_dropped=temperature',
        'parameter_dropped=top_k',
        'parameter_dropped=top_p',
      ]);
    },
  );

  test('wire case 103: even default values are not sent to such a model, without a warning', () => {
    const sent = send({ temperature: 1, topP: 1 }, 'claude-opus-4-7');
    expect(Object.keys(sent.body)).toEqual(['model', 'max_tokens', 'messages']);
    expect(sent.warnings).toEqual([]);
  });

  test('a model of another vendor on the same wire keeps them', () => {
    expect(claudeRules('glm-5')).toBeNull();
    expect(send({ temperature: 0.2 }, 'glm-5').body['temperature']).toBe(0.2);
  });
});
