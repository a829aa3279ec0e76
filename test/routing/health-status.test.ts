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

function watched(): { health: Health; reported: string[]; changes: DeferralChange[] } {
  const health = new Health(() => 0.5);
  const changes: DeferralChange[] = [];
  const reported: string[] = [];
  health.onChange((change) => {
    changes.push(change);
    reported.push(`${change.target ?? change.provider} ${change.deferral ?? 'healthy'}`);
  });
  return { health, reported, changes };
}

test('a target’s status has its breaker, its pause and its last failure', () => {
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

test('a provider’s status has the outcome of its last probe', () => {
  const { health } = watched();
  health.probeAnswered('near');
  health.probeFailed('far', refused, 10, 2_010);
  expect(health.provider('unknown')).toMatchObject({ answered: null });
  expect(health.provider('near')).toMatchObject({
    answered: true,
    unreachable: null,
    keyRefused: null,
  });
  expect(health.provider('far')).toMatchObject({
    answered: false,
    unreachable: { code: 'unreachable', cause: 'refused the connection', since: 10, until: 2_010 },
  });
});

test('each change of a deferral is reported once, in both directions, and nothing for a healthy target', () => {
  const { health, reported, changes } = watched();
  for (let count = 0; count < 100; count += 1) health.succeeded(a);
  expect(reported).toEqual([]);
  for (let count = 0; count < 7; count += 1) health.failed(a, failure('unanswered'), 0);
  health.succeeded(a);
  health.succeeded(a);
  expect(reported).toEqual(['near/a breaker_open', 'near/a healthy']);
  expect(changes[0]).toEqual({
    ...{ provider: 'near', target: 'near/a', deferral: 'breaker_open', cause: 'was unanswered' },
  });
  expect(changes[1]).toEqual({ provider: 'near', target: 'near/a', deferral: null, cause: null });
});

test('a server that fails and recovers is reported as one provider, not for each of its targets', () => {
  const { health, reported } = watched();
  health.probeFailed('far', refused, 0, 2_000);
  health.probeFailed('far', refused, 2_000, 6_000);
  health.failed(c, refused, 3_000);
  health.probeAnswered('far');
  expect(reported).toEqual(['far unreachable', 'far healthy']);
});

test('a refused key is reported for the whole provider, a 403 for the one model', () => {
  const { health, reported } = watched();
  health.failed(c, failure('auth', { status: 403 }), 0);
  health.failed(c, failure('auth', { status: 401 }), 0);
  health.probeAnswered('far');
  expect(reported).toEqual(['far/c key_refused', 'far key_refused', 'far healthy']);
});

test('a replaced provider is dropped with its targets, and only that one', () => {
  const { health, reported } = watched();
  health.failed(a, failure('busy'), 0);
  health.probeFailed('far', refused, 0, 2_000);
  health.failed(c, failure('quota', { status: 402 }), 0);
  health.probeFailed('far', refused, 0, 2_000);
  reported.length = 0;
  health.forget('far');
  expect(health.at(1).deferral(c)).toBeNull();
  expect(health.provider('far').answered).toBeNull();
  expect(health.at(1).deferral(a)?.code).toBe('cooling_down');
  expect(reported.toSorted()).toEqual(['far healthy', 'far/c healthy']);
});
