import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  ENGINE_SETUPS,
  startEngineGateway,
  TINY,
  type EngineGateway,
} from '../support/engines/engine-gateway.ts';
import { describeWithEngine } from '../support/engines/engines.ts';
import { BACK_MS, signal } from '../support/engines/kills.ts';

interface EnginesBody {
  readonly engines: readonly {
    readonly state: string;
    readonly models: readonly { readonly model_id: string; readonly state: string }[];
  }[];
}

describeWithEngine.each(ENGINE_SETUPS)('a model whose server is killed, with %s', (setup) => {
  let laneway: EngineGateway;
  const stateOf = async (id: string): Promise<string | undefined> =>
    (await laneway.get<EnginesBody>('/api/engines')).engines[0]?.models.find(
      ({ model_id }) => model_id === id,
    )?.state;
  const load = async (): Promise<void> => {
    const loaded = await laneway.post('/api/engines/l/models/tiny/load', {});
    expect(loaded.status).toBe(200);
    expect(await stateOf('tiny')).toBe('loaded');
  };

  beforeAll(async () => {
    laneway = await startEngineGateway(setup);
  }, 60_000);
  afterAll(() => laneway.stop());

  test.runIf(setup !== 'router of somebody else')(
    'is not shown as loaded any more, without a request or a regular look',
    { timeout: 60_000 },
    async () => {
      await load();
      signal(await laneway.engines(), 'SIGKILL');
      await expect.poll(() => stateOf('tiny'), { timeout: 2_000 }).not.toBe('loaded');
    },
  );

  test('is loaded again by the next request of a lane that waits', { timeout: 60_000 }, async () => {
    await load();
    signal(await laneway.servers(), 'SIGKILL');
    const reply = await laneway.chat({ model: 'lane:main', stream: true });
    expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, TINY]);
    expect(await reply.text()).toContain('[DONE]');
  });

  test(
    'is what a lane that waits loads first once a router that was killed is back',
    { timeout: 60_000 },
    async () => {
      await load();
      signal(await laneway.engines(), 'SIGKILL');
      const early = await laneway.chat({ model: 'lane:main' });
      await early.text();
      await laneway.startRouter();
      let reply = early;
      const began = performance.now();
      while (reply.status !== 200 && performance.now() - began < BACK_MS) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        reply = await laneway.chat({ model: 'lane:main' });
        await reply.text();
      }
      expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, TINY]);
    },
  );
});
