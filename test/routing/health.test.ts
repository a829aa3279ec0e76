import { expect, test } from 'vitest';

import type { Failure, FailureClass } from '../../src/protocol/failure.ts';
import { Health } from '../../src/routing/health.ts';
import type { ModelEntry } from '../../src/routing/snapshot.ts';
import { providerEntry, snapshotOf } from '../support/snapshot.ts';

const snapshot = snapshotOf({
  providers: [providerEntry('listing', { completeList: true })],
  models: { 'near/a': {}, 'near/b': {}, 'listing/x': { inList: false } },
});
const target = (id: string): ModelEntry => {
  const model = snapshot.models.get(id);
  if (model === undefined) throw new Error(`no ${id} in this test`);
  return model;
};
const a = target('near/a');
const b = target('near/b');

function failure(name: FailureClass, over: Partial<Failure> = {}): Failure {
  return {
    class: name,
    code: 'upstream_error',
    status: 500,
    summary: 'failed',
    retryAfterMs: null,
    upstream: null,
    ...over,
  };
}

/** Health without effective jitter: the random number is always 0.5. */
const healthOf = (): Health => new Health(() => 0.5);

test('five consecutive counted failures defer a target for 30 s, then one request is let through', () => {
  const health = healthOf();
  for (let count = 0; count < 4; count += 1) health.failed(a, failure('unanswered'), 0);
  expect(health.at(0).deferral(a)).toBeNull();
  health.failed(a, failure('unanswered'), 0);
  expect(health.at(29_999).deferral(a)?.code).toBe('breaker_open');
  expect(health.at(30_000).deferral(a)).toBeNull();
  health.began(a.id, 30_000);
  expect(health.at(30_001).deferral(a)?.code).toBe('breaker_open');
  health.failed(a, failure('unanswered'), 31_000);
  expect(health.at(90_999).deferral(a)?.code).toBe('breaker_open');
  expect(health.at(91_000).deferral(a)).toBeNull();
});

test('the breaker never stays open for more than 300 s', () => {
  const health = healthOf();
  let now = 0;
  for (let count = 0; count < 40; count += 1) {
    health.failed(a, failure('unanswered'), now);
    now += 400_000;
    health.began(a.id, now);
  }
  health.failed(a, failure('unanswered'), now);
  expect(health.at(now + 299_999).deferral(a)?.code).toBe('breaker_open');
  expect(health.at(now + 300_001).deferral(a)).toBeNull();
});

test('a success resets the count of failures', () => {
  const health = healthOf();
  for (let count = 0; count < 4; count += 1) health.failed(a, failure('unanswered'), 0);
  health.succeeded(a);
  for (let count = 0; count < 4; count += 1) health.failed(a, failure('unanswered'), 0);
  expect(health.at(0).deferral(a)).toBeNull();
});

test('disconnecting clients never open a breaker', () => {
  const health = healthOf();
  for (let count = 0; count < 64; count += 1) {
    health.began(a.id, 0);
    health.failed(a, failure('client_gone'), 0);
    health.abandoned(a.id);
  }
  expect(health.at(0).deferral(a)).toBeNull();
});

test('a client that disconnects during the half-open trial lets the next request be the trial', () => {
  const health = healthOf();
  for (let count = 0; count < 5; count += 1) health.failed(a, failure('unanswered'), 0);
  health.began(a.id, 30_000);
  health.abandoned(a.id);
  expect(health.at(30_001).deferral(a)).toBeNull();
});

test('a rate limit defers a target for the requested time, and the later end wins', () => {
  const health = healthOf();
  health.failed(a, failure('rate_limited', { status: 429, retryAfterMs: 30_000 }), 0);
  health.failed(a, failure('rate_limited', { status: 429, retryAfterMs: 2_000 }), 1_000);
  expect(health.at(29_999).deferral(a)?.code).toBe('cooling_down');
  expect(health.at(30_000).deferral(a)).toBeNull();
});

test('a rate limit without a time doubles from one second', () => {
  const health = healthOf();
  const limited = failure('rate_limited', { status: 429 });
  health.failed(a, limited, 0);
  expect(health.at(749).deferral(a)).not.toBeNull();
  expect(health.at(750).deferral(a)).toBeNull();
  health.failed(a, limited, 1_000);
  expect(health.at(1_000 + 1_499).deferral(a)).not.toBeNull();
  expect(health.at(1_000 + 1_500).deferral(a)).toBeNull();
});

test.each([
  ['quota', 402, 'cooling_down', 600_000],
  ['gone', 404, 'missing', 600_000],
  ['busy', 503, 'cooling_down', 2_000],
  ['loading', 503, 'loading', 3_000],
] as const)('%s defers the target alone, and for its own time', (name, status, deferral, length) => {
  const health = healthOf();
  health.failed(a, failure(name, { status }), 0);
  expect(health.at(length - 1).deferral(a)?.code).toBe(deferral);
  expect(health.at(length).deferral(a)).toBeNull();
  expect(health.at(0).deferral(b)).toBeNull();
});

test('a refused key (401) defers the whole provider for a minute, a 403 only its model', () => {
  const refused = healthOf();
  refused.failed(a, failure('auth', { status: 401 }), 0);
  expect(refused.at(59_999).deferral(b)?.code).toBe('key_refused');
  expect(refused.at(60_000).deferral(b)).toBeNull();
  const forbidden = healthOf();
  forbidden.failed(a, failure('auth', { status: 403 }), 0);
  expect(forbidden.at(0).deferral(a)?.code).toBe('key_refused');
  expect(forbidden.at(0).deferral(b)).toBeNull();
});

test.each(['bad_request', 'context_overflow', 'content_policy', 'client_gone'] as const)(
  '%s is the caller’s fault and defers nothing',
  (name) => {
    const health = healthOf();
    for (let count = 0; count < 9; count += 1) health.failed(a, failure(name, { status: 400 }), 0);
    expect(health.at(0).deferral(a)).toBeNull();
  },
);

test('an unreachable server defers all its models until a probe or a request reaches it', () => {
  const health = healthOf();
  health.failed(a, failure('not_sent', { status: null, summary: 'refused the connection' }), 1_000);
  const deferral = health.at(5_000).deferral(b);
  expect(deferral).toMatchObject({ code: 'unreachable', cause: 'refused the connection', since: 1_000 });
  health.probeAnswered('near');
  expect(health.at(5_000).deferral(b)).toBeNull();
});

test('a server that is reachable again is used at once, with its breakers reset', () => {
  const health = healthOf();
  for (let count = 0; count < 5; count += 1) health.failed(a, failure('not_sent', { status: null }), 0);
  health.probeAnswered('near');
  expect(health.at(0).deferral(a)).toBeNull();
});

test('a model that is not in a complete list is missing, which only defers it', () => {
  expect(healthOf().at(0).deferral(target('listing/x'))?.code).toBe('missing');
});

test('a probe that fails again keeps the time of the first failure', () => {
  const health = healthOf();
  const refused = failure('not_sent', { status: null });
  health.probeFailed('near', refused, 1_000, 3_000);
  health.probeFailed('near', refused, 3_000, 7_000);
  expect(health.at(4_000).deferral(a)).toMatchObject({ since: 1_000, until: 7_000 });
});
