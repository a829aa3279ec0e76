import { expect, test } from 'vitest';

import { GatewayError } from '../../src/protocol/errors.ts';
import { resolve } from '../../src/routing/resolve.ts';
import { providerNameAdvice } from '../../src/routing/name-advice.ts';
import { resolveName } from '../../src/routing/name.ts';
import { emptyPlanError } from '../../src/routing/reason.ts';
import { ask, allHealthy, providerEntry, snapshotOf } from '../support/snapshot.ts';

const snapshot = snapshotOf({
  providers: [
    providerEntry('ollama', { defaultTag: ':latest' }),
    providerEntry('fresh', { defaultTag: ':latest', listed: false }),
    providerEntry('cloud', { name: 'Big Cloud' }),
    providerEntry('off', { disabled: true, listed: false }),
  ],
  models: {
    'ollama/mistral:latest': {},
    'cloud/big-70b': { name: 'Big 70B' },
    'off/rare-model': {},
    'off/common': {},
    'cloud/common': {},
  },
  lanes: { main: {} },
});

function adviceFor(name: string): string {
  try {
    resolveName(ask(name), snapshot);
  } catch (error) {
    if (error instanceof GatewayError) return error.message;
  }
  throw new Error('was found');
}

test.each([
  ['a colon instead of the slash', 'ollama:mistral', '"ollama/mistral:latest"'],
  ['a colon, with a tag', 'ollama:mistral:latest', '"ollama/mistral:latest"'],
  ['a colon, before the list was read', 'fresh:qwen', '"fresh/qwen:latest"'],
  ['a colon, with a model that is not listed', 'ollama:mixtral', '"ollama/mixtral:latest"'],
  ['a colon, in another case', 'Ollama:Mistral', '"ollama/mistral:latest"'],
  ['another case', 'OLLAMA/MISTRAL', '"ollama/mistral:latest"'],
  ['the display name of a provider', 'Big Cloud/big-70b', '"cloud/big-70b"'],
  ['the display name of a model', 'big 70B', '"cloud/big-70b"'],
  ['the display name of a model, with its provider', 'cloud/Big 70B', '"cloud/big-70b"'],
  ['a misspelt provider', 'clud/big-70b', '"cloud/big-70b"'],
  ['a misspelt model', 'cloud/bg-70b', '"cloud/big-70b"'],
])('%s: the 404 suggests the full id', (_, name, id) => {
  expect(adviceFor(name)).toContain(`unknown model "${name}"; did you mean ${id}`);
});

test('a lane that is named as a node is suggested as a lane, and the reverse', () => {
  const both = snapshotOf({ models: { 'p/m': {} }, lanes: { main: {} }, nodes: { judge: {} } });
  const message = (name: string | null, headers = {}): string => {
    try {
      resolveName(ask(name, {}, headers), both);
    } catch (error) {
      if (error instanceof GatewayError) return error.message;
    }
    return 'found';
  };
  expect(message('node:main')).toBe('unknown node "main"; did you mean "lane:main"?');
  expect(message('lane:judge')).toBe('unknown lane "judge"; did you mean "node:judge"?');
  expect(message(null, { node: 'main' })).toContain('did you mean "x-laneway-lane: main"?');
  expect(message(null, { lane: 'judge' })).toContain('did you mean "x-laneway-node: judge"?');
});

test('a name that resembles none gets the call that lists the names', () => {
  expect(adviceFor('zzzzzz')).toBe('unknown model "zzzzzz"; GET /v1/models lists the names');
});

test('an unknown provider that resembles none gets the names of all', () => {
  expect(providerNameAdvice('zzzzzz', snapshot)).toBe('; known: ollama, fresh, cloud, off');
  expect(providerNameAdvice('clud', snapshot)).toBe('; did you mean "cloud"?');
  const many = Array.from({ length: 30 }, (_, index) => providerEntry(`provider-${index}`));
  const crowd = snapshotOf({ providers: many, models: {}, lanes: { main: {} } });
  expect(providerNameAdvice('zzzzzz', crowd)).toMatch(/provider-19, …$/);
});

test('a model of a disabled provider is passed over as disabled, not called unknown', () => {
  for (const name of ['off/rare-model', 'off/never-heard-of', 'rare-model']) {
    const plan = resolve(ask(name), snapshot, allHealthy);
    expect(plan.entries.map(({ code }) => code)).toEqual(['not_allowed']);
    expect(emptyPlanError(plan, 0)).toMatchObject({ code: 'no_target' });
    expect(emptyPlanError(plan, 0)?.message).toContain('provider "off" is disabled');
  }
});

test('a bare id that a disabled provider has too is that of the enabled one', () => {
  const plan = resolve(ask('common'), snapshot, allHealthy);
  expect(plan.entries.map(({ link }) => link.target.id)).toEqual(['cloud/common']);
});

test('an error for a model that was named by its id gives the id once', () => {
  const dark = snapshotOf({
    providers: [providerEntry('dark', { missingKey: 'set DARK_API_KEY' })],
    models: { 'dark/x': {} },
    lanes: { main: {} },
    aliases: { alias: 'dark/x' },
  });
  const message = (name: string): string | undefined =>
    emptyPlanError(resolve(ask(name), dark, allHealthy), 0)?.message;
  expect(message('dark/x')).toBe('dark/x passed over (no key: set DARK_API_KEY)');
  expect(message('alias')).toBe('alias: dark/x passed over (no key: set DARK_API_KEY)');
});
