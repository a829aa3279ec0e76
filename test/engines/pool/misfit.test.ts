import { expect, test } from 'vitest';

import { CoreWorld, GB } from './core-world.ts';

// What the operator reads when a model has no room: who holds the memory, and what would help.

type Answer = ReturnType<CoreWorld['request']>;

function refusalOf(answer: Answer): Extract<Answer, { kind: 'refused' }>['refusal'] {
  if (answer.kind !== 'refused') throw new Error(`it is ${answer.kind}`);
  return answer.refusal;
}

/** Loads the models one after the other; those in `used` keep a request in flight. */
function loaded(world: CoreWorld, models: readonly string[], used: readonly string[] = []): CoreWorld {
  for (const target of models) {
    world.request(target);
    world.settle();
    if (!used.includes(target)) world.release(target);
  }
  return world;
}

const MODELS = {
  'o/a': { gb: 20.1, pinned: true },
  'o/b': { gb: 9.9 },
  'o/idle': { gb: 5 },
  'o/big': { gb: 31.4 },
};

test('a refusal names what is pinned or in use, and the budget with which the model fits beside what is pinned', () => {
  const world = new CoreWorld(MODELS, { budgetBytes: 45 * GB, reserveBytes: 7 * GB });
  loaded(world, ['o/a', 'o/b', 'o/idle'], ['o/b']);
  world.request('o/b');
  expect(refusalOf(world.request('o/big')).message).toBe(
    'o/big needs 31.4 GB, but pool "local" (45.0 GB, less a reserve of 7.0 GB) has 8.0 GB for it: ' +
      'o/a (20.1 GB) is pinned and o/b (9.9 GB) has 2 requests in flight; ' +
      'pools.local.budget_gb of at least 58.5 would do once the requests in flight have ended',
  );
});

test('a model that needs more than the whole budget is told so without naming idle models', () => {
  const world = loaded(new CoreWorld(MODELS, { budgetBytes: 30 * GB }), ['o/b', 'o/idle']);
  expect(refusalOf(world.request('o/big')).message).toBe(
    'o/big needs 31.4 GB, but pool "local" has 30.0 GB in all; pools.local.budget_gb of at least 31.4 would do',
  );
});

test.each([
  [0.3, null],
  [3.2, null],
  [7.77, null],
  [31.4, null],
  [31.4, 0],
  [71.23, 6.5],
  [300, null],
])('of %s GB, with a reserve of %s, the named budget suffices, and less does not', (gb, reserve) => {
  const models = { 'e/m': { gb }, 'e/pinned': { gb: gb / 3, pinned: true } };
  const reserveBytes = reserve === null ? null : reserve * GB;
  const answerWith = (budgetGb: number): Answer => {
    const world = new CoreWorld(models, { budgetBytes: budgetGb * GB, reserveBytes });
    // However small the budget is, it was loaded before.
    const resident = { progress: null, footprintBytes: (gb / 3) * GB, contextLength: null, error: null };
    world.core.reconcile('e', [{ modelId: 'pinned', state: 'loaded', ...resident }], 0);
    return world.request('e/m');
  };
  const { message } = refusalOf(answerWith(gb / 2));
  const named = Number(/budget_gb of at least ([\d.]+) would do$/.exec(message)?.[1]);
  expect(answerWith(named).kind).toBe('waiting');
  expect(answerWith(named - (named < 1.5 ? 0.02 : 0.1)).kind).toBe('refused');
});

test('a budget above the memory of the machine is named with what the machine has', () => {
  const world = new CoreWorld({ 'e/m': { gb: 60 } }, { budgetBytes: 20 * GB }, { memoryGb: 32 });
  world.read();
  expect(refusalOf(world.request('e/m')).message).toMatch(
    /budget_gb of at least 60 would do, but this machine has 32\.0 GB in all$/,
  );
});

test('where only the reserve leaves no room, the largest one that would do is named', () => {
  const message = (reserveGb: number): string | null => {
    const settings = { budgetBytes: null, reserveBytes: reserveGb * GB };
    const world = new CoreWorld({ 'e/m': { gb: 10 } }, settings, { memoryGb: 32 });
    world.read();
    const answer = world.request('e/m');
    return answer.kind === 'refused' ? refusalOf(answer).message : null;
  };
  expect(message(400)).toMatch(/has no memory for it; pools\.local\.reserve_gb of at most 22 would do$/);
  expect(message(22)).toBeNull();
});

test('where the memory is measured, a model that is too large for the machine is told so, and for good', () => {
  const world = new CoreWorld({ 'e/m': { gb: 60 } }, { budgetBytes: null }, { memoryGb: 32 });
  world.read();
  expect(refusalOf(world.request('e/m'))).toMatchObject({
    message:
      'e/m needs 60.0 GB, but pool "local" has 32.0 GB in all; it never fits into the memory of this machine',
    isFinal: true,
  });
});

test('what other programs take is named, and may end', () => {
  const world = new CoreWorld({ 'e/m': { gb: 60 } }, { budgetBytes: null }, { memoryGb: 64 });
  world.held.set('of a game', 10 * GB);
  world.read();
  const refusal = refusalOf(world.request('e/m'));
  expect(refusal.message).toMatch(/has 54\.0 GB for it: other programs use 10\.0 GB$/);
  expect(refusal).not.toHaveProperty('isFinal');
});

test('a model that is only pinned out is refused for good, since nothing but a change lets it in', () => {
  const world = loaded(new CoreWorld(MODELS, { budgetBytes: 45 * GB }), ['o/a']);
  expect(refusalOf(world.request('o/big'))).toMatchObject({ reason: 'does_not_fit', isFinal: true });
});

test('of many models that stay, the largest are named and the others counted', () => {
  const models = Object.fromEntries(
    [10, 9, 8, 7, 2, 1].map((gb) => [`e/m${gb}`, { gb, pinned: true }] as const),
  );
  const world = new CoreWorld({ ...models, 'e/big': { gb: 90 } }, { budgetBytes: 100 * GB });
  loaded(world, Object.keys(models));
  expect(refusalOf(world.request('e/big')).message).toContain(
    'e/m7 (7.0 GB) is pinned and 2 more have 3.0 GB; pools.local',
  );
});

test('a model for which others were unloaded in vain is told how much is free, and what stays', () => {
  const world = new CoreWorld(
    { 'e/a': { gb: 60 }, 'e/b': { gb: 110 }, 'e/p': { gb: 10, pinned: true } },
    { budgetBytes: null, minResidencyMs: 0 },
    { engine: { startedHere: true }, memoryGb: 128 },
  );
  for (const target of ['e/p', 'e/a']) {
    world.core.load(target, false, world.now);
    world.take();
    world.pass(1_000);
    world.read();
    world.settle();
  }
  world.core.load('e/b', false, world.now);
  world.take();
  world.held.set('of a game', 11 * GB);
  world.settle();
  expect(world.news.at(-1)).toMatchObject({
    state: 'failed',
    reason:
      'e/b does not fit into the memory that is free now: it needs 110.0 GB, and 107.0 GB is free; e/p (10.0 GB) is pinned',
  });
});
