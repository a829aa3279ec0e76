import { expect, test } from 'vitest';

import { failureOf, type FailureClass } from '../../../src/protocol/failure.ts';
import type { AssignmentEvent } from '../../../src/registry/assignments/assignments.ts';
import { Rollbacks } from '../../../src/registry/assignments/rollbacks.ts';
import { resolve } from '../../../src/routing/resolve.ts';
import { allHealthy, ask, snapshotOf } from '../../support/snapshot.ts';

const KEY = { user: null, subject: 'evaluate' };

const world = snapshotOf({
  generation: 5,
  models: { 'a/old': {}, 'b/new': {} },
  lanes: { main: { preferred: ['a/old'] } },
  nodes: { evaluate: { assignment: { model: 'b/new', lane: null } } },
});

function switched(over: Partial<AssignmentEvent> = {}): AssignmentEvent {
  return {
    ...{ key: KEY, from: 'a/old', to: 'b/new', action: 'switch', actor: 'local', reason: null },
    ...{ generation: 5, before: null, rollback: { afterErrors: 2, withinS: 60 } },
    ...over,
  };
}

interface Bench {
  readonly rollbacks: Rollbacks;
  /** Reasons of the changes so far. */
  readonly restored: string[];
  readonly warnings: string[];
  refuse: boolean;
  later(ms: number): void;
  fail(failureClass?: FailureClass, generation?: number): void;
}

function bench(): Bench {
  let now = 1_000;
  const restored: string[] = [];
  const warnings: string[] = [];
  const state = { refuse: false };
  const rollbacks: Rollbacks = new Rollbacks({
    clock: { now: () => now, wall: () => Date.parse('2026-03-01T12:00:00Z') + now },
    restore: async (_key, _before, reason, isDue) => {
      await Promise.resolve();
      if (state.refuse) throw new Error('disk full');
      if (isDue()) restored.push(reason);
    },
    warn: (message) => warnings.push(message),
  });
  return Object.assign(state, {
    ...{ rollbacks, restored, warnings },
    later: (ms: number) => {
      now += ms;
    },
    fail: (failureClass: FailureClass = 'unanswered', generation = 5) => {
      const plan = resolve(ask('evaluate'), { ...world, generation }, allHealthy);
      const link = plan.links[0];
      if (link === undefined) throw new Error('an empty plan');
      const failure = failureOf(failureClass, 'upstream_error', 'answered 500', 500);
      rollbacks.noteAttempt({ plan, link, user: null, isFirst: true, isLast: false, failure });
    },
  });
}

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

test('the reason of a rollback says how many errors there were, how soon, and which was the last', async () => {
  const { rollbacks, restored, later, fail } = bench();
  rollbacks.assigned(switched());
  later(10_000);
  fail();
  later(30_000);
  fail();
  await settled();
  expect(restored).toEqual(['2 errors in 40 s after the switch to b/new; the last: b/new answered 500']);
  expect(rollbacks.isActive).toBe(false);
});

test('errors after the time of the watch roll nothing back', async () => {
  const { rollbacks, restored, later, fail } = bench();
  rollbacks.assigned(switched());
  fail();
  later(60_000);
  fail();
  await settled();
  expect(restored).toEqual([]);
  expect(rollbacks.of(KEY)).toBeNull();
  expect(rollbacks.isActive).toBe(false);
});

test.each<FailureClass>([
  'bad_request',
  'context_overflow',
  'content_policy',
  'too_large',
  'client_gone',
  'loading',
])('a failure of the class %s does not count', (failureClass) => {
  const { rollbacks, fail } = bench();
  rollbacks.assigned(switched());
  fail(failureClass);
  expect(rollbacks.of(KEY)?.errors).toBe(0);
});

test('requests that were planned before the switch do not count', () => {
  const { rollbacks, fail } = bench();
  rollbacks.assigned(switched());
  fail('unanswered', 4);
  expect(rollbacks.of(KEY)?.errors).toBe(0);
});

test('a rollback that cannot be stored is tried again at the next error, with a warning', async () => {
  const one = bench();
  one.rollbacks.assigned(switched());
  one.refuse = true;
  one.fail();
  one.fail();
  await settled();
  expect(one.warnings).toEqual(['the switch of evaluate to b/new cannot be rolled back (disk full)']);
  one.refuse = false;
  one.fail();
  await settled();
  expect(one.restored).toHaveLength(1);
});

test('a switch in between wins over a rollback that waits for its turn', async () => {
  const { rollbacks, restored, fail } = bench();
  rollbacks.assigned(switched());
  fail();
  fail();
  const {
    rollback: _,
    before: _before,
    ...plain
  } = switched({ from: 'b/new', to: 'c/other', generation: 6 });
  rollbacks.assigned(plain);
  await settled();
  expect(restored).toEqual([]);
});

test('a change of the reason alone keeps the watch, with new terms if it has any', () => {
  const { rollbacks } = bench();
  rollbacks.assigned(switched());
  const { rollback: _, ...plain } = switched({ from: 'b/new', generation: 6 });
  rollbacks.assigned(plain);
  expect(rollbacks.of(KEY)).toMatchObject({ afterErrors: 2, until: '2026-03-01T12:01:01.000Z' });
  rollbacks.assigned(switched({ from: 'b/new', rollback: { afterErrors: 9, withinS: 60 } }));
  expect(rollbacks.of(KEY)).toMatchObject({ afterErrors: 9 });
});
