import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/config/files/json.ts';
import type { Conversion } from '../../../src/config/migrate/conversion.ts';
import { convertRoleFile } from '../../../src/config/migrate/role-file.ts';
import { known } from './older.ts';

function convert(clouds: JsonObject, user: JsonObject = {}): Conversion {
  return convertRoleFile({ cloud_providers: clouds }, known(user));
}

test('a new cloud has the type of its address, else OpenAI’s API, and its models', () => {
  const { values } = convert({
    together: { api_endpoint: 'https://api.together.xyz/v1', models: { big: { name: 'Big' } } },
    claude: { base_url: 'https://api.anthropic.com', api_key_env: 'CLAUDE_KEY' },
  });
  expect(values).toEqual({
    providers: {
      together: { type: 'openai_compatible', base_url: 'https://api.together.xyz/v1' },
      claude: { type: 'anthropic', base_url: 'https://api.anthropic.com', api_key: 'env:CLAUDE_KEY' },
    },
    models: { 'together/big': { name: 'Big' } },
  });
});

test('roles can use a cloud of the same file', () => {
  const { values } = convertRoleFile(
    {
      cloud_providers: { mistral: { api_endpoint: 'https://api.mistral.ai/v1' } },
      role_mappings: { writer: { preferred: 'mistral:7b', cloud_fallback: 'mistral:mistral-large' } },
    },
    known(),
  );
  expect(values).toMatchObject({
    lanes: { writer: { preferred: ['ollama/mistral:7b'], cloud_fallback: ['mistral/mistral-large'] } },
  });
});

test('a key becomes a variable, and is in nothing that comes out', () => {
  const conversion = convert({
    openai: { api_key: 'fake-canary-1' },
    together: { api_key: 'fake-canary-2', api_endpoint: 'https://api.together.xyz/v1' },
    moved: {
      api_endpoint: 'https://x.example/v1',
      headers: { authorization: 'Bearer fake-canary-3', 'x-team': 'red' },
      note: 'sk-fake-canary-4',
    },
  });
  expect(conversion.values).toEqual({
    providers: {
      together: {
        type: 'openai_compatible',
        base_url: 'https://api.together.xyz/v1',
        api_key: 'env:TOGETHER_API_KEY',
      },
      moved: {
        type: 'openai_compatible',
        base_url: 'https://x.example/v1',
        headers: { 'x-team': 'red' },
      },
    },
  });
  expect(conversion.keys.map(({ from, reference }) => [from, reference])).toEqual([
    ['cloud_providers.openai.api_key', 'env:OPENAI_API_KEY'],
    ['cloud_providers.together.api_key', 'env:TOGETHER_API_KEY'],
  ]);
  expect(conversion.keys[1]?.advice).toContain('laneway secrets set together');
  expect(JSON.stringify(conversion)).not.toContain('canary');
});

test('a provider at another address than the configured one never gets the variable of that one', () => {
  const literal = convert({ openai: { api_endpoint: 'https://proxy.example/v1', api_key: 'fake-key' } });
  expect(literal.values).toEqual({
    providers: { openai: { base_url: 'https://proxy.example/v1', api_key: 'env:OPENAI_OWN_API_KEY' } },
  });
  const none = convert({ openai: { api_endpoint: 'https://proxy.example/v1' } });
  expect(none.values).toEqual({ providers: { openai: { base_url: 'https://proxy.example/v1' } } });
  expect(none.taken[0]?.note).toContain('without a key');
});

test.each([
  ['${MY_OPENAI_KEY}', 'env:MY_OPENAI_KEY'],
  ['env:MY_OPENAI', 'env:MY_OPENAI'],
  ['secret:mine', 'secret:mine'],
])('a reference stays one: %s', (written, reference) => {
  const { values, keys } = convert({ openai: { api_key: written } });
  expect(values).toEqual({ providers: { openai: { api_key: reference } } });
  expect(keys).toEqual([]);
});

test.each([
  ['https://user:fake-canary@x.example/v1', 'must not contain credentials'],
  ['https://x.example/v1?key=fake-canary', 'must not have a query'],
  ['http://x.example/v1', 'is http: to a host that is not known to be local'],
  ['x.example', 'must be a URL'],
  [7, 'must be a URL'],
])('an address that Laneway refuses is named and not shown: %s', (url, reason) => {
  const conversion = convert({ x: { api_endpoint: url } });
  expect(conversion.left).toEqual([
    { from: 'cloud_providers.x.api_endpoint', reason: expect.stringContaining(reason) as unknown },
  ]);
  expect(conversion.values).toEqual({});
  expect(JSON.stringify(conversion)).not.toContain('canary');
});

test('a server on this machine is taken over as local', () => {
  const { values } = convert({ lmstudio: { base_url: 'http://localhost:1234/v1' } });
  expect(values).toEqual({
    providers: { lmstudio: { type: 'openai_compatible', base_url: 'http://localhost:1234/v1' } },
  });
});

test('what counts only once is named where it is written twice', () => {
  const { left, values } = convert({
    one: {
      api_endpoint: 'https://one.example/v1',
      url: 'https://two.example/v1',
      api_key_env: 'ONE',
      token: 'fake',
    },
    ONE: { api_endpoint: 'https://three.example/v1' },
    openai: { type: 'anthropic', api_key: { nested: 'fake' } },
    'no name': {},
    '': { api_endpoint: 'https://x.example/v1' },
  });
  expect(Object.fromEntries(left.map(({ from, reason }) => [from, reason]))).toEqual({
    'cloud_providers.one.url': 'ignored, because "api_endpoint" is set',
    'cloud_providers.one.token': 'ignored, because "api_key_env" is set',
    'cloud_providers.ONE': 'is provider "one", which the file has already',
    'cloud_providers.openai.type': 'provider "openai" is configured as openai',
    'cloud_providers.openai.api_key': 'is not a text',
    'cloud_providers["no name"]': 'has no address; write "api_endpoint"',
    'cloud_providers[""]': expect.stringContaining('is not a name for a provider') as unknown,
  });
  expect(values).toEqual({
    providers: { one: { type: 'openai_compatible', base_url: 'https://one.example/v1', api_key: 'env:ONE' } },
  });
});
