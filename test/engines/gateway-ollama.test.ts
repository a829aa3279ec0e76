import { afterAll, beforeAll, expect, test } from 'vitest';

import { startGateway, type TestGateway } from '../support/gateway.ts';
import { describeWithOllama, startOllama, type Ollama } from '../support/engines/ollama.ts';

const SMOL = 'o/smollm2-135m:latest';
const TINY = 'o/tiny-random:latest';

describeWithOllama('a gateway that loads and unloads models of an Ollama', () => {
  let ollama: Ollama;
  let laneway: TestGateway;
  const running = async (): Promise<readonly string[]> => {
    const reply = (await (await fetch(`${ollama.url}/api/ps`)).json()) as { models: { name: string }[] };
    return reply.models.map(({ name }) => name);
  };
  const verb = (model: string, name: 'load' | 'unload', body: object = {}): Promise<Response> =>
    fetch(`${laneway.url}/api/engines/o/models/${encodeURIComponent(model.slice(2))}/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  beforeAll(async () => {
    ollama = await startOllama(['smollm2-135m', 'tiny-random']);
    laneway = await startGateway({
      engines: { PATH: process.env['PATH'] },
      config: {
        default_lane: 'main',
        providers: { o: { type: 'ollama', base_url: ollama.url } },
        pools: { local: { budget_gb: 0.147, reserve_gb: 0, min_residency_s: 0 } },
        lanes: { main: { preferred: [SMOL] } },
      },
    });
    await laneway.app.engines.start();
  }, 60_000);
  afterAll(async () => {
    await laneway.stop();
    await ollama.stop();
  });

  test('the first request of a lane is answered as Ollama alone would, although its model is not loaded', async () => {
    expect(await running()).toEqual([]);
    const reply = await laneway.chat({ model: 'lane:main', max_tokens: 4 });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('x-laneway-target')).toBe(SMOL);
    await reply.text();
    expect(await running()).toEqual(['smollm2-135m:latest']);
  });

  test('a model that does not fit beside another takes its place', async () => {
    const reply = await laneway.chat({ model: TINY, max_tokens: 4 });
    expect(reply.status).toBe(200);
    await reply.text();
    expect(await running()).toEqual(['tiny-random:latest']);
  });

  test(
    'load and unload act on Ollama, wait for streams, and know what is done already',
    { timeout: 60_000 },
    async () => {
      expect(await (await verb(SMOL, 'load')).json()).toMatchObject({ state: 'loaded' });
      expect(await (await verb(SMOL, 'load')).json()).toMatchObject({ state: 'loaded', load_ms: null });
      const stream = await laneway.chat({ model: SMOL, stream: true, max_tokens: 40 });
      const unloaded = verb(SMOL, 'unload');
      expect(await stream.text()).toContain('[DONE]');
      expect((await unloaded).status).toBe(200);
      expect(await running()).not.toContain('smollm2-135m:latest');
      expect((await verb('o/nothing:latest', 'load')).status).toBe(404);
    },
  );

  test('what Ollama was made to load by another program is used, and what it has dropped is loaded again', async () => {
    const ask = (keepAlive: number): Promise<Response> =>
      fetch(`${ollama.url}/api/generate`, {
        method: 'POST',
        body: JSON.stringify({ model: 'smollm2-135m', keep_alive: keepAlive }),
      });
    await (await ask(300)).text();
    expect((await laneway.chat({ model: SMOL, max_tokens: 4 })).status).toBe(200);
    await (await ask(0)).text();
    expect((await laneway.chat({ model: SMOL, max_tokens: 4 })).status).toBe(200);
  });
});
