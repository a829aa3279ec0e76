import { expect, test } from 'vitest';

import { setUp } from './setup.ts';

test('known capabilities are returned, each with its source', async () => {
  const { bar } = await setUp();
  expect(await bar.capabilities()).toEqual({
    ...{ provider: 'a', model: 'm' },
    capabilities: { context_length: 8192, supports_tools: false },
    sources: { context_length: 'configuration', supports_tools: 'configuration' },
  });
});

test('another model can be named, with raw slashes in its id', async () => {
  const { bar } = await setUp();
  expect((await bar.capabilities('?provider=b&model=m')).capabilities['parameter_count']).toBe(1_540_000_000);
  expect(await bar.capabilities('?provider=b&model=org/name:free')).toMatchObject({ model: 'org/name:free' });
  expect(await bar.capabilities('?provider=b&model=org%2Fname%3Afree')).toMatchObject({
    model: 'org/name:free',
  });
});

test.each([
  ['?provider=b', 400, 'invalid_body', 'model'],
  ['?model=m', 400, 'invalid_body', 'provider'],
  ['?modle=m', 400, 'invalid_body', 'modle'],
  ['?provider=bb&model=m', 404, 'provider_not_found', 'provider'],
])('%s is %i %s', async (query, status, code, param) => {
  const { laneway } = await setUp();
  const answer = await fetch(`${laneway.url}/api/capabilities${query}`);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ error: { code, param } });
});
