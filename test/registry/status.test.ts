import { expect, test } from 'vitest';

import { failureOf, type Failure } from '../../src/protocol/failure.ts';
import { modelStatus } from '../../src/registry/status.ts';
import { Health } from '../../src/routing/health.ts';
import type { ModelEntry, ProviderEntry } from '../../src/routing/snapshot.ts';
import { providerEntry, snapshotOf } from '../support/snapshot.ts';

function model(over: Partial<ModelEntry> = {}, provider: Partial<ProviderEntry> = {}): ModelEntry {
  const world = { providers: [providerEntry('a', provider)], models: { 'a/m': { inList: true, ...over } } };
  return [...snapshotOf(world).models.values()][0]!;
}

function after(failure: Failure, times = 1): string {
  const health = new Health(() => 0.5);
  for (let time = 0; time < times; time += 1) health.failed(model(), failure, 0);
  return modelStatus(model(), health, 1);
}

const status = (over: Partial<ModelEntry>, provider: Partial<ProviderEntry> = {}): string =>
  modelStatus(model(over, provider), new Health(() => 0.5), 0);

test('a model that is listed but deferred shows why', () => {
  expect(after(failureOf('unanswered', 'upstream_error', 'failed (500)', 500), 5)).toBe('breaker_open');
  expect(after(failureOf('rate_limited', 'upstream_rate_limited', 'was rate limited (429)'))).toBe(
    'cooling_down',
  );
  expect(after(failureOf('auth', 'upstream_auth', 'rejected the API key (401)', 401))).toBe('key_refused');
  expect(after(failureOf('not_sent', 'upstream_connect', 'refused the connection'))).toBe('unreachable');
  expect(after(failureOf('loading', 'model_loading', 'was still loading (503)'))).toBe('loading');
  expect(after(failureOf('gone', 'model_not_found', 'does not have the model (404)'))).toBe('gone');
});

test('a model that no list of its server has named is not installed; one that was there before is gone', () => {
  const complete = { completeList: true };
  expect(status({ inList: false, unseen: 'shipped' }, complete)).toBe('not_installed');
  expect(status({ inList: false, unseen: 'operator' }, complete)).toBe('not_installed');
  expect(status({ inList: false, unseen: null }, complete)).toBe('gone');
  expect(status({ inList: false, unseen: 'operator' }, { answersAnyName: true })).toBe('not_installed');
});

test('what a list that may be incomplete lacks is unknown, and a missing key comes first', () => {
  expect(status({ inList: null, unseen: 'shipped' })).toBe('unknown');
  expect(status({ inList: null, unseen: 'shipped' }, { missingKey: 'set A_KEY' })).toBe('needs_key');
  expect(status({ inList: true, status: 'unloaded' })).toBe('unloaded');
});
