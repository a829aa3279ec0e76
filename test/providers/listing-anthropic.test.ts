import { expect, test } from 'vitest';
import { claudeRules } from '../../src/providers/anthropic/rules.ts';
import { anthropicType } from '../../src/providers/anthropic/settings.ts';
import { failureOf, listFrom, modelOf, probe, providerOf, Reply, startListServer } from './list-server.ts';

const supported = (value: boolean): object => ({ supported: value });

const model = (id: string, more: object = {}): object => ({
  type: 'model',
  id,
  display_name: `Name of ${id}`,
  created_at: '2026-01-01T00:00:00Z',
  ...more,
});

test("Claude's own list has context lengths, output limits, images and schemas", async () => {
  const listing = await listFrom(anthropicType, {
    'GET /v1/models?limit=1000': {
      data: [
        model('claude-opus-5', {
          lifecycle: 'active',
          max_input_tokens: 1_000_000,
          max_tokens: 128_000,
          capabilities: {
            image_input: supported(true),
            structured_outputs: supported(true),
            thinking: { supported: true, types: {} },
          },
        }),
        model('claude-old', {
          lifecycle: 'deprecated',
          capabilities: { image_input: supported(false), structured_outputs: supported(false) },
        }),
        model('claude-bare', { capabilities: null, max_input_tokens: null, max_tokens: null }),
        model('claude-gone', { lifecycle: 'retired' }),
      ],
      has_more: false,
      first_id: 'claude-opus-5',
      last_id: 'claude-gone',
    },
  });
  expect(listing.models.map(({ id }) => id)).toEqual(['claude-opus-5', 'claude-old', 'claude-bare']);
  expect(modelOf(listing, 'claude-opus-5')).toEqual({
    id: 'claude-opus-5',
    name: 'Name of claude-opus-5',
    kind: 'chat',
    status: 'available',
    capabilities: {
      context_length: 1_000_000,
      max_output_tokens: 128_000,
      supports_vision: true,
      supports_json_schema: true,
      supports_reasoning: true,
      supports_tools: true,
    },
    rules: { ...claudeRules('claude-opus-5'), maxOutputTokens: 128_000 },
  });
  expect(modelOf(listing, 'claude-old').rules?.jsonSchema).toBe(false);
  expect(modelOf(listing, 'claude-bare').rules).toEqual(claudeRules('claude-bare'));
  expect(modelOf(listing, 'claude-old').capabilities).toEqual({
    supports_vision: false,
    supports_json_schema: false,
    supports_tools: true,
  });
  expect(modelOf(listing, 'claude-bare').capabilities).toEqual({ supports_tools: true });
});

test('models on the second page are listed too', async () => {
  const { origin, arrived } = await startListServer({
    'GET /v1/models?limit=1000': { data: [model('claude-a')], has_more: true, last_id: 'claude-a' },
    'GET /v1/models?limit=1000&after_id=claude-a': { data: [model('claude-b')], has_more: false },
  });
  const listing = await probe(providerOf(anthropicType, origin, 'sk-fake-anthropic'));
  expect(listing.models.map(({ id }) => id)).toEqual(['claude-a', 'claude-b']);
  for (const { headers } of arrived) {
    expect(headers).toMatchObject({ 'anthropic-version': '2023-06-01', 'x-api-key': 'sk-fake-anthropic' });
    expect(headers.authorization).toBeUndefined();
  }
});

test.each([
  ['a web page', new Reply(200, '<html></html>', { 'content-type': 'text/html' })],
  ['another JSON', new Reply(200, { ok: true })],
  ['a list of something else', new Reply(200, { data: [{ name: 'x' }] })],
  ['invalid entries', new Reply(200, { data: 'none' })],
])('%s instead of a list fails the probe', async (_, reply) => {
  const failure = await failureOf(listFrom(anthropicType, { 'GET /v1/models?limit=1000': reply }));
  expect(failure.class).toBe('malformed');
});
