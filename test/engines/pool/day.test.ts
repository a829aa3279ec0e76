import { expect, test } from 'vitest';

import { BURST_AND_HEAT, lanewayOn } from '../../../bench/pool-sim/laneway-policy.ts';
import { runDay } from '../../../bench/pool-sim/machine.ts';
import { firstCome, llamaSwap } from '../../../bench/pool-sim/queue-policies.ts';
import { LANES, trafficOf } from '../../../bench/pool-sim/traffic.ts';

test('a simulated working day on 128 GB: no overcommit, nobody starved, at most half the swaps of simpler policies', async () => {
  const day = trafficOf(LANES, 16, 7);
  const ours = await runDay(day, LANES, lanewayOn({}));
  const alone = await runDay(day, LANES, lanewayOn({ withoutCloud: true }));
  const others = [await runDay(day, LANES, firstCome), await runDay(day, LANES, llamaSwap)];
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

test('a day with a burst lane and a hot half hour: no overcommit, nobody starved, and no request fails', async () => {
  const day = trafficOf(LANES, 16, 1);
  const figures = await runDay(day, LANES, lanewayOn(BURST_AND_HEAT));
  const plain = await runDay(day, LANES, lanewayOn({}));
  expect(figures).toMatchObject({ overcommitBytes: 0, starved: 0, failed: 0 });
  // The claims and the heat have had their effect.
  expect(figures.cloudRequests).toBeGreaterThan(plain.cloudRequests);
});
