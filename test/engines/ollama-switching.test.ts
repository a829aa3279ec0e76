import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithOllama } from '../support/engines/ollama.ts';
import { SMOL, startOllamaGateway, TINY, type OllamaGateway } from '../support/engines/ollama-gateway.ts';
import { stormLine, SWITCHES, switchUnderStreams, WITHIN_MS } from '../support/engines/switch-storm.ts';

const STREAMS = 6;

describeWithOllama('switches of the model bar under load, with an Ollama', () => {
  let laneway: OllamaGateway;

  beforeAll(async () => {
    laneway = await startOllamaGateway();
  }, 60_000);
  afterAll(() => laneway.stop());

  test(
    `${SWITCHES} switches under ${STREAMS} streams break none of them and leak nothing`,
    { timeout: 90_000 + SWITCHES * 20_000 },
    async () => {
      const gateway = { ...laneway, pid: laneway.gateway.pid };
      const report = await switchUnderStreams(gateway, {
        ...{ models: [SMOL, TINY], switches: SWITCHES, streams: STREAMS, maxTokens: 6, withinMs: WITHIN_MS },
      });
      if (SWITCHES > 10) process.stdout.write(stormLine('Ollama', report));
      const { broken, processes, descriptors, mib, loads } = report;
      expect(broken).toEqual([]);
      expect(processes[1]).toBeLessThanOrEqual(processes[0]);
      expect(descriptors[1]).toBeLessThanOrEqual(descriptors[0] + 3 * STREAMS);
      expect(loads).toBeGreaterThan(0);
      // A leak of as little as a body for each request would be more.
      expect(mib[1] - mib[0]).toBeLessThan(150);
    },
  );
});
