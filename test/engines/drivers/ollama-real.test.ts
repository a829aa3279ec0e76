import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineError } from '../../../src/engines/driver.ts';
import type { OwnedHttp } from '../../../src/engines/drivers/engine-http.ts';
import { OllamaDriver } from '../../../src/engines/drivers/ollama/ollama-driver.ts';
import { systemTime } from '../../../src/engines/drivers/timing.ts';
import { httpAt, never, openDescriptors, until } from '../../support/engines/drivers.ts';
import { describeWithOllama, startOllama, TOOL_MODEL, type Ollama } from '../../support/engines/ollama.ts';

const ignore = (): void => undefined;
const errorOf = (work: Promise<unknown>): Promise<EngineError> =>
  work.then(
    () => Promise.reject(new Error('nothing failed')),
    (error: unknown) => error as EngineError,
  );

describeWithOllama('a real Ollama', () => {
  let ollama: Ollama;
  let http: OwnedHttp;
  let driver: OllamaDriver;
  const load = (modelId: string, signal = never): Promise<unknown> =>
    driver.load({ modelId, contextLength: null }, ignore, signal);
  const loadedIds = async (): Promise<string[]> =>
    (await driver.residency(never))
      .filter(({ state }) => state === 'loaded')
      .map(({ modelId }) => modelId)
      .sort();

  beforeAll(async () => {
    ollama = await startOllama(['smollm2-135m', 'tiny-random', 'minilm-l6-v2', TOOL_MODEL]);
    http = httpAt(ollama.url);
    driver = new OllamaDriver({
      http,
      time: systemTime,
      limits: { stallMs: 20_000, stopMs: 5_000 },
      isOnThisMachine: true,
    });
  }, 60_000);
  afterAll(async () => {
    await driver.close();
    await http.close();
    await ollama.stop();
  });

  test('loads and unloads both names of the same weights at once', async () => {
    expect(await load('smollm2-135m')).toMatchObject({
      contextLength: 2048,
      footprintBytes: expect.any(Number),
    });
    expect(await loadedIds()).toEqual(['smollm2-135m-tools:latest', 'smollm2-135m:latest']);
    await load('smollm2-135m-tools');
    await driver.unload('smollm2-135m-tools', never);
    expect(await loadedIds()).toEqual([]);
  });

  test('loads an embeddings model', async () => {
    expect(await load('minilm-l6-v2:latest')).toMatchObject({ contextLength: 512 });
    await driver.unload('minilm-l6-v2', never);
    expect(await loadedIds()).toEqual([]);
  });

  test('does not know an unknown model, and unloads it without an error', async () => {
    expect(await errorOf(load('nope'))).toMatchObject({ kind: 'not_found' });
    await driver.unload('nope', never);
  });

  test('leaves nothing loaded after a load that was aborted, or whose model was unloaded', async () => {
    const abort = new AbortController();
    const first = errorOf(load('smollm2-135m', abort.signal));
    setTimeout(() => {
      abort.abort();
    }, 40);
    expect(await first).toMatchObject({ kind: 'aborted' });
    const second = errorOf(load('smollm2-135m'));
    await new Promise((resolve) => setTimeout(resolve, 40));
    await driver.unload('smollm2-135m', never);
    expect(await second).toMatchObject({ kind: 'aborted' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await loadedIds()).toEqual([]);
  });

  test('waits with an unload for the stream that runs', async () => {
    await load('tiny-random');
    const body = { model: 'tiny-random', prompt: 'Tell me.', options: { num_predict: 300 } };
    const reply = await fetch(`${ollama.url}/api/generate`, { method: 'POST', body: JSON.stringify(body) });
    const text = reply.text();
    await driver.unload('tiny-random', never);
    expect((await text).trimEnd().split('\n').at(-1)).toContain('"done":true');
    expect(await loadedIds()).toEqual([]);
  });

  test('has no more open descriptors after 30 alternating loads', { timeout: 90_000 }, async () => {
    await load('tiny-random');
    const before = openDescriptors();
    for (let round = 0; round < 30; round += 1) {
      const [next, other] =
        round % 2 === 0 ? ['minilm-l6-v2', 'tiny-random'] : ['tiny-random', 'minilm-l6-v2'];
      await driver.unload(other, never);
      await load(next);
    }
    expect(await loadedIds()).toEqual(['tiny-random:latest']);
    await until(() => openDescriptors() <= before);
  });
});
