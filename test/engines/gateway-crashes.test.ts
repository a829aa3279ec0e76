import { afterAll, beforeAll, expect, test } from 'vitest';

import { until } from '../support/engines/drivers.ts';
import {
  ENGINE_SETUPS,
  SMOL,
  startEngineGateway,
  TINY,
  type EngineGateway,
} from '../support/engines/engine-gateway.ts';
import { describeWithEngine } from '../support/engines/engines.ts';
import { BACK_MS, servesAgain, signal, stateOf } from '../support/engines/kills.ts';

describeWithEngine.each(ENGINE_SETUPS)('processes that are killed, with %s', (setup) => {
  let laneway: EngineGateway;
  const killServers = async (): Promise<void> => {
    // The first load starts the router too, which takes seconds on a busy machine.
    await until(async () => (await laneway.servers()).length > 0, BACK_MS);
    signal(await laneway.servers(), 'SIGKILL');
  };
  /** The router, if there is one, and the server of one model at most: nothing of an earlier run. */
  const mostProcesses = setup === 'own processes' ? 1 : 2;
  /** What is left once Laneway has ended: a router of somebody else goes on. */
  const left = setup === 'router of somebody else' ? 2 : 0;

  beforeAll(async () => {
    laneway = await startEngineGateway(setup);
  }, 60_000);
  afterAll(() => laneway.stop());

  test(
    'a model whose server is killed while it loads serves at the next request',
    { timeout: 60_000 },
    async () => {
      const waiting = laneway.chat({ model: SMOL });
      await killServers();
      const reply = await waiting;
      expect([200, 502, 503]).toContain(reply.status);
      await reply.text();
      // A load that failed is not repeated for requests at once; an operator may.
      await laneway.post('/api/engines/l/models/smol/load', {});
      await servesAgain(laneway, SMOL);
    },
  );

  test(
    'one that is killed while it streams ends the stream with an error, and serves again',
    { timeout: 60_000 },
    async () => {
      const reply = await laneway.chat({ model: SMOL, stream: true, max_tokens: 400, ignore_eos: true });
      const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = (await reader.read()).value ?? '';
      await killServers();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
      }
      expect(text.match(/"finish_reason":"|"error":/g)).toEqual(['"error":']);
      await servesAgain(laneway, SMOL);
    },
  );

  test(
    'one that is killed while its unload waits for its streams is unloaded',
    { timeout: 60_000 },
    async () => {
      await laneway.post('/api/engines/l/models/smol/load', {});
      const stream = await laneway.chat({ model: SMOL, stream: true, max_tokens: 400, ignore_eos: true });
      const unloaded = laneway.post('/api/engines/l/models/smol/unload', {});
      await until(async () => {
        const { pools } = await laneway.get<{ pools: { state: string }[] }>('/api/pools');
        return pools[0]?.state === 'draining';
      });
      await killServers();
      expect(await stream.text()).toContain('"error"');
      const reply = await unloaded;
      expect({ status: reply.status, body: await reply.text() }).toMatchObject({ status: 200 });
      await servesAgain(laneway, SMOL);
    },
  );

  test.runIf(setup !== 'own processes')(
    'after a kill of the router itself everything serves again; Laneway starts its own, somebody else the other',
    { timeout: 60_000 },
    async () => {
      signal(await laneway.routers(), 'SIGKILL');
      await laneway.startRouter();
      await servesAgain(laneway, SMOL);
      await until(async () => (await laneway.engines()).length === 2);
    },
  );

  const states: Readonly<Record<string, () => Promise<unknown>>> = {
    loading: async () => {
      await laneway.post('/api/engines/l/models/smol/unload', {});
      void laneway.chat({ model: SMOL }).catch(() => undefined);
      await until(async () => (await stateOf(laneway)) === 'loading');
    },
    serving: async () => {
      const stream = await laneway.chat({ model: SMOL, stream: true, max_tokens: 400, ignore_eos: true });
      void stream.text().catch(() => undefined);
    },
    draining: async () => {
      await laneway.post('/api/engines/l/models/smol/load', {});
      const stream = await laneway.chat({ model: SMOL, stream: true, max_tokens: 400, ignore_eos: true });
      void stream.text().catch(() => undefined);
      void laneway.switchTo(TINY).catch(() => undefined);
      await until(async () => (await stateOf(laneway)) === 'draining');
    },
    'switching models': async () => {
      await laneway.post('/api/engines/l/models/tiny/load', {});
      void laneway.switchTo(SMOL).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 60));
    },
  };
  for (const [state, reach] of Object.entries(states)) {
    test(
      `after a kill -9 of the gateway while ${state}, a new one serves and no process is left over`,
      { timeout: 90_000 },
      async () => {
        await reach();
        process.kill(laneway.gateway.pid, 'SIGKILL');
        await laneway.gateway.exit;
        const began = performance.now();
        await laneway.restart();
        await servesAgain(laneway, SMOL);
        expect(performance.now() - began).toBeLessThan(BACK_MS);
        await until(async () => (await laneway.engines()).length <= mostProcesses);
      },
    );
  }

  test(
    'SIGTERM while a model loads and requests wait: each gets one answer, and nothing is left',
    { timeout: 60_000 },
    async () => {
      await laneway.post('/api/engines/l/models/smol/unload', {});
      const waiting = Array.from({ length: 6 }, async (_, index) => {
        const reply = await laneway.chat({ model: SMOL, stream: index % 2 === 0 });
        const text = await reply.text();
        return { status: reply.status, ends: text.match(/"finish_reason":"|"error":/g)?.length ?? 0 };
      });
      await until(async () => (await stateOf(laneway)) === 'loading');
      const began = performance.now();
      expect(await laneway.end()).toBe(0);
      expect(performance.now() - began).toBeLessThan(BACK_MS);
      for (const end of await Promise.all(waiting)) {
        expect([200, 502, 503]).toContain(end.status);
        expect(end.ends).toBe(1);
      }
      expect((await laneway.engines()).length).toBeLessThanOrEqual(left);
    },
  );

  test(
    'a second SIGTERM ends it at once, with everything that it has started',
    { timeout: 60_000 },
    async () => {
      await laneway.restart();
      const stream = await laneway.chat({ model: SMOL, stream: true, max_tokens: 400, ignore_eos: true });
      const text = stream.text().catch(() => '');
      laneway.gateway.child.kill('SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 300));
      const began = performance.now();
      laneway.gateway.child.kill('SIGTERM');
      await laneway.gateway.exit;
      expect(performance.now() - began).toBeLessThan(5_000);
      await text;
      await until(async () => (await laneway.engines()).length <= left);
    },
  );
});
