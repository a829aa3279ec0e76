import { expect, onTestFinished, test } from 'vitest';
import type { ConfiguredProvider } from '../../src/providers/build-providers.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { ProviderSet } from '../../src/providers/provider-set.ts';
import { systemClock } from '../../src/util/clock.ts';
import { chunk, head, lastChunk, until } from '../support/fake-replies.ts';
import { UpstreamRecorder } from '../support/upstream-recorder.ts';
import { fake, POST } from './connector-harness.ts';

const KEY = 'sk-fake-0123456789-abcdefghij';

function configured(changes: Partial<ConfiguredProvider> = {}): ConfiguredProvider {
  return {
    type: 'openai_compatible',
    name: 'Box',
    base_url: 'http://127.0.0.1:9/v1',
    local: true,
    enabled: true,
    api_key: 'env:BOX_API_KEY',
    headers: { 'x-title': 'env:BOX_TITLE' },
    ...changes,
  };
}

/** A set with variables that the test can change. */
function setOver(variables: Record<string, string> = { BOX_API_KEY: KEY }): ProviderSet {
  const variable = (name: string): string | undefined => variables[name];
  const set = new ProviderSet({
    types: PROVIDER_TYPES,
    variable,
    secret: () => undefined,
    clock: systemClock,
  });
  onTestFinished(() => set.destroy());
  return set;
}

test('an unchanged provider is kept, with its sockets', () => {
  const set = setOver();
  set.update({ box: configured() }, 5_000);
  const before = set.current.get('box');
  const change = set.update({ box: { ...configured(), headers: { 'x-title': 'env:BOX_TITLE' } } }, 5_000);
  expect(change).toMatchObject({ added: [], changed: [], removed: [] });
  expect(set.current.get('box')).toBe(before);
  expect(change.map).toBe(set.current);
});

test.each<[string, Record<string, string>, Partial<ConfiguredProvider>, number]>([
  ['another address', {}, { base_url: 'http://127.0.0.1:10/v1' }, 5_000],
  ['another key', { BOX_API_KEY: `${KEY}-2` }, {}, 5_000],
  ['a removed key', { BOX_API_KEY: '' }, {}, 5_000],
  ["another value of a header's variable", { BOX_TITLE: 'home' }, {}, 5_000],
  ['another name', {}, { name: 'Crate' }, 5_000],
  ['another time to connect', {}, {}, 6_000],
])('%s replaces the provider', (_, newVariables, changes, connectMs) => {
  const variables: Record<string, string> = { BOX_API_KEY: KEY };
  const set = setOver(variables);
  set.update({ box: configured(), rest: configured({ type: 'ollama' }) }, 5_000);
  const before = set.current.get('box');
  Object.assign(variables, newVariables);
  const { changed } = set.update({ box: configured(changes) }, connectMs);
  expect(changed).toEqual(['box']);
  expect(set.current.get('box')).not.toBe(before);
});

test('a new key makes a provider usable', () => {
  const variables: Record<string, string> = {};
  const set = setOver(variables);
  set.update({ box: configured() }, 5_000);
  expect(set.current.get('box')?.missingKey).toBe('set BOX_API_KEY');
  variables['BOX_API_KEY'] = KEY;
  expect(set.update({ box: configured() }, 5_000).changed).toEqual(['box']);
  expect(set.current.get('box')?.missingKey).toBeNull();
});

test('added, removed and disabled providers are reported', () => {
  const set = setOver();
  expect(set.update({ box: configured(), old: configured() }, 5_000).added).toEqual(['box', 'old']);
  const change = set.update({ box: configured({ enabled: false }), fresh: configured() }, 5_000);
  expect(change).toMatchObject({ added: ['fresh'], changed: [], removed: ['box', 'old'] });
  expect([...set.current.keys()]).toEqual(['fresh']);
});

test('a running call of a dropped provider completes, and its socket closes by itself', async () => {
  let finish = (): void => undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const upstream = await fake([
    head(200, { 'transfer-encoding': 'chunked' }),
    chunk('one '),
    until(gate),
    chunk('two'),
    lastChunk(),
  ]);
  const set = setOver();
  set.update({ box: configured({ base_url: upstream.url }) }, 5_000);
  const call = new UpstreamRecorder();
  set.current.get('box')?.send(POST, call);
  await upstream.request(0);
  set.update({}, 5_000);
  finish();
  await call.over;
  expect(call.body).toBe('one two');
  // undici closes idle sockets after 4 s.
  await expect.poll(() => upstream.openConnections, { timeout: 6_000 }).toBe(0);
}, 10_000);
