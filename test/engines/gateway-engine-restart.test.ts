import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { until } from '../support/engines/drivers.ts';
import { SMOL, startEngineGateway, TINY, type EngineGateway } from '../support/engines/engine-gateway.ts';
import { describeWithEngine } from '../support/engines/engines.ts';

// The client that sends the first request after a change, or after a start, must not pay for the engine's start with an
// error, nor one that is being answered for its end.

/** What changes, and how the configuration shows it. */
const CHANGES = {
  'own router': [{ host: 'localhost' }, '//localhost:'],
  'own processes': [{ serverOptions: ['--no-slots'] }, '--no-slots'],
} as const;

describeWithEngine.each(['own router', 'own processes'] as const)('a change of the settings: %s', (setup) => {
  const [change, shown] = CHANGES[setup];
  const untilShown = (what: string): Promise<void> =>
    until(async () => JSON.stringify(await laneway.get<object>('/api/debug/config')).includes(what));
  let laneway: EngineGateway;
  beforeAll(async () => {
    laneway = await startEngineGateway(setup);
  }, 60_000);
  afterAll(() => laneway.stop());

  test(
    'lets the running stream end, while new requests wait for the new server',
    { timeout: 120_000 },
    async () => {
      const stream = await laneway.chat({ model: SMOL, stream: true, max_tokens: 300, ignore_eos: true });
      const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = (await reader.read()).value ?? '';
      const before = await laneway.engines();
      laneway.configure(change);
      await untilShown(shown);
      const waiting = laneway.chat({ model: TINY });
      const ordered = laneway.post('/api/engines/l/models/tiny/load', {}).then(({ status }) => status);
      await sleep(1_000);
      expect(await laneway.get('/api/pools')).toMatchObject({
        pools: [{ resident: [{ model: SMOL, in_flight: 1 }] }],
      });
      for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
      expect(text).toContain('"finish_reason":"length"');
      expect(text).toContain('[DONE]');
      const reply = await waiting;
      expect([reply.status, await reply.text()]).toEqual([200, expect.any(String)]);
      expect([200, 503]).toContain(await ordered);
      const after = await laneway.engines();
      expect(after.length).toBeGreaterThan(0);
      expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    },
  );

  test(
    'cuts nothing where only limits have changed, and keeps the model in memory',
    { timeout: 60_000 },
    async () => {
      const first = await laneway.chat({ model: TINY });
      expect([first.status, await first.text()]).toEqual([200, expect.any(String)]);
      const before = await laneway.engines();
      laneway.configure({ ...change, engine: { stop_s: 3, stall_s: 77 } });
      await untilShown('"stall_s":77');
      const second = await laneway.chat({ model: TINY });
      expect([second.status, await second.text()]).toEqual([200, expect.any(String)]);
      expect(await laneway.engines()).toEqual(before);
    },
  );
});
