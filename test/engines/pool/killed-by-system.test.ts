import { expect, test } from 'vitest';

import { EngineError } from '../../../src/engines/driver.ts';
import { flush, PoolHarness } from './pool-harness.ts';

// A router, and Ollama, report a server that the kernel has killed for memory as one that ended with exit code 1: only the
// kernel's own count tells it from a broken file.

async function failedLoad(killsMeanwhile: number | null) {
  const harness = await new PoolHarness({ 'e/a': 60 }).start();
  harness.reading = { ...harness.reading, oomKills: killsMeanwhile === null ? null : 3 };
  const waiting = harness.acquire('e/a');
  await flush();
  if (killsMeanwhile !== null) harness.reading = { ...harness.reading, oomKills: 3 + killsMeanwhile };
  harness.engine.calls
    .shift()!
    .fail(new EngineError('failed', 'Model a could not be loaded: its server ended (exit code 1)', 1));
  await flush();
  return { harness, waiting };
}

test('a server that was killed for memory while it loaded ran out of memory: the load is tried with less', async () => {
  const { harness, waiting } = await failedLoad(1);
  expect(harness.engine.calls).toMatchObject([{ verb: 'load', request: { contextLength: 16_384 } }]);
  harness.reading = { ...harness.reading, oomKills: 5 };
  harness.engine.calls.shift()!.fail(new EngineError('failed', 'its server ended (exit code 1)', 1));
  expect(await waiting).toMatchObject({
    kind: 'refused',
    reason: 'out_of_memory',
    message:
      'its server ended (exit code 1); meanwhile the system has killed a program because memory ran out',
  });
});

test.each([0, null])('a server that ended by itself did not (kills meanwhile: %s)', async (kills) => {
  const { harness, waiting } = await failedLoad(kills);
  expect(harness.engine.calls).toEqual([]);
  expect(await waiting).toMatchObject({ kind: 'refused', reason: 'load_failed' });
});

test('those who ask again before the next try are told the same', async () => {
  const { harness, waiting } = await failedLoad(1);
  harness.engine.calls.shift()!.fail(new EngineError('out_of_memory', 'it ran out of memory', 137));
  await waiting;
  expect(await harness.acquire('e/a')).toMatchObject({
    kind: 'refused',
    reason: 'out_of_memory',
    message: 'it ran out of memory',
  });
});
