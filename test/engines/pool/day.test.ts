import { expect, test } from 'vitest';

import { laneway, lanewayAlone } from '../../../bench/pool-sim/laneway-policy.ts';
import { runDay } from '../../../bench/pool-sim/machine.ts';
import { firstCome, llamaSwap } from '../../../bench/pool-sim/queue-policies.ts';
import { LANES, trafficOf } from '../../../bench/pool-sim/traffic.ts';

test('a simulated working day on 128 GB: no overcommit, nobody starved, at most half the swaps of simpler policies', () => {
  const day = trafficOf(LANES, 16, 7);
  const ours = runDay(day, LANES, laneway);
  const alone = runDay(day, LANES, lanewayAlone);
  const others = [runDay(day, LANES, firstCome), runDay(day, LANES, llamaSwap)];
  for (const figures of [ours, alone, ...others]) expect(figures.overcommitBytes).toBe(0);
  expect(ours).toMatchObject({ starved: 0, failed: 0 });
  expect(alone.failed).toBe(0);
  for (const other of others) {
    expect(ours.requests).toBe(other.requests);
    expect(ours.swaps).toBeLessThanOrEqual(other.swaps / 2);
  }
  // So many models do not fit: a day without swaps would have tested nothing.
  expect(ours.swaps).toBeGreaterThan(10);
});
