import { expect, test } from 'vitest';

import { EngineError, type EngineDriver } from '../../../src/engines/driver.ts';
import { POOL_DEFAULTS, type PoolModel } from '../../../src/engines/pool/settings.ts';
import { engineOf, GB } from './core-world.ts';
import { FakeEngine, flush, PoolHarness } from './pool-harness.ts';

/** An engine whose server can end; `isLocal`: its refused connection shows that it has. */
class MortalEngine extends FakeEngine {
  dead = false;
  isLocal = true;
  polls = 0;

  override async residency(): ReturnType<EngineDriver['residency']> {
    this.polls += 1;
    if (!this.dead) return super.residency();
    this.state = 'unreachable';
    if (this.isLocal) return [];
    throw new EngineError('unreachable', 'it cannot be reached');
  }
}

const SETTINGS = { ...POOL_DEFAULTS, budgetBytes: 100 * GB, reserveBytes: 0, minResidencyMs: 0 };
const model = (target: string): PoolModel => ({
  ...{ target, provider: target.slice(0, 1), modelId: target.slice(2) },
  ...{ contextLength: null, largestContext: null, pinned: false },
});

/** A pool with `d/a` of an engine that can end, in memory, and `e/b` of another engine, for which it has to go. */
async function world(): Promise<{ harness: PoolHarness; mortal: MortalEngine }> {
  const harness = await new PoolHarness({ 'e/b': 60, 'd/a': 60 }).start();
  const mortal = new MortalEngine();
  mortal.held.add('a');
  const facts = { type: 'x', version: null };
  harness.pool.configure(
    SETTINGS,
    [
      { ...engineOf('e'), ...facts, driver: harness.engine },
      { ...engineOf('d'), ...facts, driver: mortal },
    ],
    [model('e/b'), model('d/a')],
  );
  await harness.pass(2_000);
  expect(harness.pool.view()).toMatchObject({ resident: [{ model: 'd/a' }], used_bytes: 60 * GB });
  return { harness, mortal };
}

test('the memory of an engine that has ended is free after the next look at it', async () => {
  const { harness, mortal } = await world();
  mortal.dead = true;
  // As a failed model list or request shows it, before the pool asks.
  mortal.state = 'unreachable';
  await harness.pass(15_000);
  expect(harness.pool.view()).toMatchObject({ resident: [], used_bytes: 0 });
});

test('an engine that does not answer keeps its memory for three looks, and is not asked any more after that', async () => {
  const { harness, mortal } = await world();
  Object.assign(mortal, { dead: true, isLocal: false, state: 'unreachable' });
  await harness.pass(20_000);
  expect(harness.pool.view()).toMatchObject({ used_bytes: 60 * GB });
  await harness.pass(40_000);
  expect(harness.pool.view()).toMatchObject({ resident: [], used_bytes: 0 });
  const { polls } = mortal;
  await harness.pass(600_000);
  expect(mortal.polls).toBe(polls);
});

test('a refused load frees at once what the ended engine held', async () => {
  const { harness, mortal } = await world();
  const loading = harness.pool.load('e/b', false);
  await flush();
  Object.assign(mortal, { dead: true, state: 'unreachable' });
  const [unload] = mortal.calls.splice(0);
  expect(unload?.verb).toBe('unload');
  unload!.fail(new EngineError('unreachable', 'a: the server cannot be reached'));
  const message = 'd/a could not be unloaded to make room: a: the server cannot be reached';
  expect(await loading.result).toMatchObject({ kind: 'failed', failure: { message } });
  await flush();
  expect(harness.pool.view()).toMatchObject({ resident: [], used_bytes: 0 });
});
