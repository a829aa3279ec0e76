import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  ENGINE_SETUPS,
  startEngineGateway,
  SMOL,
  TINY,
  type EngineGateway,
} from '../support/engines/engine-gateway.ts';
import { describeWithEngine } from '../support/engines/engines.ts';
import { stormLine, SWITCHES, switchUnderStreams, WITHIN_MS } from '../support/engines/switch-storm.ts';

const STREAMS = 20;
/** `max_wait_s`. With these small models it takes seconds, but on a busy machine loads are slow, and the swap budget is used up. */
const WAIT_BOUND_MS = 120_000;

describeWithEngine.each(ENGINE_SETUPS)('switches of the model bar under load, with %s', (setup) => {
  let laneway: EngineGateway;

  beforeAll(async () => {
    laneway = await startEngineGateway(setup);
  }, 60_000);
  afterAll(() => laneway.stop());

  test(
    `${SWITCHES} switches under ${STREAMS} streams break none of them and leak nothing`,
    { timeout: 90_000 + SWITCHES * 15_000 },
    async () => {
      const gateway = { ...laneway, pid: laneway.gateway.pid };
      const report = await switchUnderStreams(gateway, {
        ...{ models: [SMOL, TINY], switches: SWITCHES, streams: STREAMS, maxTokens: 12, withinMs: WITHIN_MS },
      });
      if (SWITCHES > 10) process.stdout.write(stormLine(setup, report));
      const { broken, processes, descriptors, mib, firstMs, loads } = report;
      expect(broken).toEqual([]);
      expect(processes[1]).toBeLessThanOrEqual(processes[0]);
      expect(descriptors[1]).toBeLessThanOrEqual(descriptors[0] + 3 * STREAMS);
      expect(firstMs[1]).toBeLessThan(WAIT_BOUND_MS);
      expect(loads).toBeGreaterThan(0);
      // A leak of as little as a body for each request would be more.
      expect(mib[1] - mib[0]).toBeLessThan(150);
    },
  );
});
