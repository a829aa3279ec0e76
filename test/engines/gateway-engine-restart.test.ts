import { afterAll, beforeAll, expect, test } from 'vitest';

import { until } from '../support/engines/drivers.ts';
import { startEngineGateway, TINY, type EngineGateway } from '../support/engines/engine-gateway.ts';
import { describeWithEngine } from '../support/engines/engines.ts';

// The client that sends the first request after a change, or after a start, must not pay for the engine's start with an
// error.

describeWithEngine('while Laneway starts its router again, since its settings have changed', () => {
  let laneway: EngineGateway;
  beforeAll(async () => {
    laneway = await startEngineGateway('own router');
  }, 60_000);
  afterAll(() => laneway.stop());

  test('requests that name a model wait for it', { timeout: 60_000 }, async () => {
    const first = await laneway.chat({ model: TINY });
    expect([first.status, await first.text()]).toEqual([200, expect.any(String)]);
    const before = await laneway.routers();
    laneway.configure({ engine: { stop_s: 3 } });
    await until(async () => {
      const { engines } = await laneway.get<{ engines: { state: string }[] }>('/api/engines');
      return engines.length === 0 || engines[0]?.state !== 'running';
    });
    const replies = await Promise.all([1, 2, 3].map(() => laneway.chat({ model: TINY })));
    expect(await Promise.all(replies.map(async (reply) => [reply.status, await reply.text()]))).toEqual(
      replies.map(() => [200, expect.any(String)]),
    );
    expect(await laneway.routers()).not.toEqual(before);
  });
});
