import { expect, test } from 'vitest';

import type { Failure, FailureClass } from '../../src/protocol/failure.ts';
import { Health, type DeferralChange } from '../../src/routing/health.ts';
import type { ModelEntry } from '../../src/routing/snapshot.ts';
import { snapshotOf } from '../support/snapshot.ts';

const { models } = snapshotOf({ models: { 'near/a': {}, 'near/b': {}, 'far/c': {} } });
const target = (id: string): ModelEntry => {
  const model = models.get(id);
  if (model === undefined) throw new Error(`no ${id} in this test`);
  return model;
};
const a = target('near/a');
const c = target('far/c');

function failure(name: FailureClass, over: Partial<Failure> = {}): Failure {
  return {
    ...{ class: name, code: 'upstream_error', status: 500, summary: `was ${name}` },
    ...{ retryAfterMs: null, upstream: null },
    ...over,
  };
}

const refused = failure('not_sent', { status: null, summary: 'refused the connection' });

function watched(): { health: Health; told: string[]; changes: DeferralChange[] } {
  const health = new Health(() => 0.5);
  const changes: DeferralChange[] = [];
  const told: string[] = [];
  health.onChange((change) => {
    changes.push(change);
    told.push(`${change.target ?? change.provider} ${change.deferral ?? 'well'}`);
  });
  return { health, told, changes };
}

test('a target’s standing tells its breaker, its pause and its last failure', () => {
  const { health } = watched();
  expect(health.target('near/a', 0)).toBeNull();
  health.failed(a, failure('busy', { status: 503 }), 0);
  expect(health.target('near/a', 1_000)).toEqual({
    ...{ breaker: 'closed', breakerUntil: null, failures: 0 },
    lastError: { class: 'busy', summary: 'was busy', at: 0 },
    pause: { code: 'cooling_down', cause: 'was busy', since: 0, until: 2_000 },
  });
  for (let count = 0; count < 5; count += 1) health.failed(a, failure('unanswered'), 2_000);
  expect(health.target('near/a', 2_000)).toMatchObject({
    ...{ breaker: 'open', breakerUntil: 32_000, failures: 5, pause: null },
    lastError: { class: 'unanswered', at: 2_000 },
  });
  expect(health.target('near/a', 32_000)?.breaker).toBe('half_open');
  health.began('near/a', 32_000);
  expect(health.target('near/a', 32_001)?.breaker).toBe('open');
  health.succeeded(a);
  expect(health.target('near/a', 32_002)).toBeNull();
});

test('the standings name every provider of which something was heard', () => {
  const { health } = watched();
  health.probeAnswered('near');
  health.probeFailed('far', refused, 10, 2_010);
  expect([...health.standings().keys()]).toEqual(['near', 'far']);
  expect(health.standings().get('near')).toMatchObject({
    answered: true,
    unreachable: null,
    keyRefused: null,
  });
  expect(health.standings().get('far')).toMatchObject({
    answered: false,
    unreachable: { code: 'unreachable', cause: 'refused the connection', since: 10, until: 2_010 },
  });
});

test('each change of mood is told once, worse and better, and a target that is well is silent', () => {
  const { health, told, changes } = watched();
  for (let count = 0; count < 100; count += 1) health.succeeded(a);
  expect(told).toEqual([]);
  for (let count = 0; count < 7; count += 1) health.failed(a, failure('unanswered'), 0);
  health.succeeded(a);
  health.succeeded(a);
  expect(told).toEqual(['near/a breaker_open', 'near/a well']);
  expect(changes[0]).toEqual({
    ...{ provider: 'near', target: 'near/a', deferral: 'breaker_open', cause: 'was unanswered' },
  });
  expect(changes[1]).toEqual({ provider: 'near', target: 'near/a', deferral: null, cause: null });
});

test('a server that goes and comes back is told as one provider, not for each of its targets', () => {
  const { health, told } = watched();
  health.probeFailed('far', refused, 0, 2_000);
  health.probeFailed('far', refused, 2_000, 6_000);
  health.failed(c, refused, 3_000);
  health.probeAnswered('far');
  expect(told).toEqual(['far unreachable', 'far well']);
});

test('a refused key is told of the whole provider, 403 of the one model', () => {
  const { health, told } = watched();
  health.failed(c, failure('auth', { status: 403 }), 0);
  health.failed(c, failure('auth', { status: 401 }), 0);
  health.probeAnswered('far');
  expect(told).toEqual(['far/c key_refused', 'far key_refused', 'far well']);
});

test('a provider that was replaced is forgotten with its targets, and only that one', () => {
  const { health, told } = watched();
  health.failed(a, failure('busy'), 0);
  health.probeFailed('far', refused, 0, 2_000);
  health.failed(c, failure('quota', { status: 402 }), 0);
  health.probeFailed('far', refused, 0, 2_000);
  told.length = 0;
  health.forget('far');
  expect(health.at(1).deferral(c)).toBeNull();
  expect(health.provider('far').answered).toBeNull();
  expect(health.at(1).deferral(a)?.code).toBe('cooling_down');
  expect(told.toSorted()).toEqual(['far well', 'far/c well']);
});
