import { expect, test } from 'vitest';

import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { readReferences } from '../../src/providers/build-providers.ts';

/** What a provider of this type lacks, with these variables. */
function missing(
  type: string,
  api_key?: string,
  variables: Record<string, string> = {},
  headers: Record<string, string> = {},
): string | null {
  const known = PROVIDER_TYPES.find(({ settings }) => settings.type === type);
  if (known === undefined) throw new Error(`no type ${type}`);
  const provider = {
    type,
    name: type,
    base_url: 'https://api.example.com',
    local: false,
    enabled: true,
    headers,
  };
  const configured = api_key === undefined ? provider : { ...provider, api_key };
  return readReferences(configured, known, { variable: (name) => variables[name], secret: () => undefined })
    .missingKey;
}

test('a missing key names the variable that the configuration names', () => {
  expect(missing('openai', 'env:MY_KEY')).toBe('set MY_KEY');
  expect(missing('openai', 'env:MY_KEY', { MY_KEY: '  ' })).toBe('set MY_KEY');
  expect(missing('openai', 'env:MY_KEY', { MY_KEY: 'sk-fake' })).toBeNull();
});

test('without "api_key" the usual variable of the type is named, and what to write', () => {
  for (const [type, name] of [
    ['openai', 'OPENAI_API_KEY'],
    ['anthropic', 'ANTHROPIC_API_KEY'],
    ['groq', 'GROQ_API_KEY'],
  ] as const) {
    expect(missing(type)).toMatch(new RegExp(`^set ${name}, .*"api_key": "env:${name}"`));
  }
  expect(missing('ollama')).toBeNull();
});

test('a key in another header than the usual one shows a server that is only compatible', () => {
  const headers = { 'API-Key': 'env:AZURE_KEY' };
  expect(missing('openai', undefined, {}, headers)).toContain('"openai_compatible"');
  expect(missing('openai', 'env:MY_KEY', {}, headers)).toBe('set MY_KEY');
  expect(missing('openai', undefined, {}, { 'x-trace': 'on' })).toContain('OPENAI_API_KEY');
});
