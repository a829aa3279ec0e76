import { expect, test } from 'vitest';

import { load } from '../files.ts';

const provider = {
  type: 'openai_compatible',
  base_url: 'https://api.example.com/v1',
  headers: { 'API-Key': 'env:GATEWAY_KEY', 'x-team': 'blue' },
};

test('a header whose variable is not set is named at start, without any value', async () => {
  const models = { providers: { up: provider, off: { ...provider, enabled: false } } };
  const unset = ['providers.up.headers: "api-key" is not sent, because GATEWAY_KEY is not set'];
  expect((await load({ models })).warnings).toEqual(unset);
  expect((await load({ models }, { GATEWAY_KEY: '' })).warnings).toEqual(unset);
  expect((await load({ models }, { GATEWAY_KEY: 'fake-secret' })).warnings).toEqual([]);
});

test('an authorization header whose variable has only the key is named at start, as servers refuse it', async () => {
  const models = { providers: { up: { ...provider, headers: { Authorization: 'env:UP_KEY' } } } };
  const { warnings } = await load({ models }, { UP_KEY: 'fake-secret' });
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('providers.up.headers');
  expect(warnings[0]).toContain('"api_key": "env:UP_KEY"');
  expect(warnings[0]).not.toContain('fake-secret');
  expect((await load({ models }, { UP_KEY: 'Bearer fake-secret' })).warnings).toEqual([]);
});

test('a key that begins with Bearer is named at start, as the word is added when it is sent', async () => {
  const models = { providers: { up: { ...provider, headers: {}, api_key: 'env:UP_KEY' } } };
  const { warnings } = await load({ models }, { UP_KEY: 'Bearer fake-secret' });
  expect(warnings).toEqual([expect.stringMatching(/^providers\.up\.api_key: .*UP_KEY.*"Bearer ".*remove/)]);
  expect(warnings[0]).not.toContain('fake-secret');
  expect((await load({ models }, { UP_KEY: 'fake-secret' })).warnings).toEqual([]);
});
