import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { call } from '../http/operator.ts';
import {
  describeWithEngine,
  endEngine,
  findLlamaServer,
  freePort,
  modelFile,
  spawnUntilReady,
} from '../support/engines/engines.ts';
import { describeWithOllama, startOllama, type Ollama } from '../support/engines/ollama.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

/**
 * A llama-server in router mode with a small model under two names, and a third whose file is broken. Not the model of
 * random weights: one in a hundred of its replies cannot be parsed by the server's own chat format.
 */
interface Router {
  readonly url: string;
  stop(): Promise<void>;
}

async function startRouter(): Promise<Router> {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-router-'));
  const models = join(folder, 'models');
  mkdirSync(models);
  for (const name of ['first', 'second'])
    symlinkSync(modelFile('smollm2-135m'), join(models, `${name}.gguf`));
  writeFileSync(join(models, 'broken.gguf'), 'GGUF, but nothing after that');
  const port = await freePort();
  const server = ['--host', '127.0.0.1', '--port', String(port), '--offline', '--models-dir', models];
  const size = ['--models-max', '2', '--threads', '1', '-c', '2048', '-np', '1', '--cache-ram', '64'];
  const url = `http://127.0.0.1:${port}`;
  const child: ChildProcess = await spawnUntilReady([findLlamaServer() ?? '', ...server, ...size], {
    folder,
    variables: { LLAMA_CACHE: folder },
    readyUrl: `${url}/health`,
  });
  return {
    url,
    stop: async () => {
      await endEngine(child, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Switched {
  readonly model_id: string;
  readonly rollback: object | null;
  readonly preflight?: {
    readonly ok: boolean;
    readonly status: number | null;
    readonly message: string | null;
  };
}

function put(gateway: TestGateway, body: object): ReturnType<typeof call<Switched>> {
  return call<Switched>(gateway, 'PUT', '/api/debug/models/evaluate', body);
}

async function ask(gateway: TestGateway): Promise<string> {
  const reply = await gateway.chat({ model: 'evaluate', max_tokens: 4 });
  await reply.text();
  return `${reply.status} ${reply.headers.get('x-laneway-target') ?? ''}`;
}

async function assigned(gateway: TestGateway): Promise<Switched> {
  return (await gateway.get('/api/debug/models/evaluate')) as Switched;
}

describeWithEngine('a node on a real llama-server in router mode with two models', () => {
  let router: Router;
  let laneway: TestGateway;
  beforeAll(async () => {
    router = await startRouter();
    laneway = await startGateway({
      config: {
        default_lane: 'main',
        providers: { llama: { type: 'llamacpp', base_url: router.url } },
        models: { 'llama/first': { capabilities: { reasoning_strength: 0.4 } } },
        lanes: { main: { requirements: { reasoning_strength: 0.2 } } },
        nodes: { evaluate: { model: 'llama/first' } },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await laneway.stop();
    await router.stop();
  });

  test('explains its plan with scores', async () => {
    const { body } = await call<{ targets: { target: string; source: string; score: number | null }[] }>(
      laneway,
      'POST',
      '/api/debug/resolve',
      { model: 'lane:main' },
    );
    expect(body.targets[0]).toMatchObject({ target: 'llama/first', source: 'scored' });
    expect(body.targets[0]?.score).toBeGreaterThan(0);
  });

  test('is switched after a preflight that loads the model and measures its first token', async () => {
    const { status, body } = await put(laneway, {
      provider: 'llama',
      model_id: 'second',
      preflight: true,
    });
    expect([status, body.model_id]).toEqual([200, 'second']);
    expect(body.preflight).toMatchObject({ ok: true, status: 200, message: null });
    expect(await ask(laneway)).toBe('200 llama/second');
  }, 60_000);

  test('is not switched to a model whose file is broken', async () => {
    const { status, body } = await put(laneway, { provider: 'llama', model_id: 'broken', preflight: true });
    expect([status, body.error.code]).toEqual([409, 'preflight_failed']);
    expect(await assigned(laneway)).toMatchObject({ model_id: 'second' });
  }, 60_000);

  test('goes back by itself after a switch to that model, while its fallback answers', async () => {
    const terms = { rollback: { after_errors: 2, within_s: 300 } };
    expect((await put(laneway, { provider: 'llama', model_id: 'broken', ...terms })).status).toBe(200);
    for (let n = 0; n < 2; n += 1) expect(await ask(laneway)).toBe('200 llama/first');
    await expect.poll(async () => (await assigned(laneway)).model_id).toBe('second');
    const { entries } = (await laneway.get('/api/audit')) as { entries: { actor: string; reason: string }[] };
    expect(entries[0]).toMatchObject({ actor: 'rollback' });
    expect(entries[0]?.reason).toMatch(/^2 errors in \d+ s after the switch to llama\/broken; the last: /);
    expect(await ask(laneway)).toBe('200 llama/second');
  }, 60_000);
});

describeWithOllama('a node on a real Ollama with two models', () => {
  let ollama: Ollama;
  let laneway: TestGateway;
  let freeGb = 100;
  beforeAll(async () => {
    ollama = await startOllama(['smollm2-135m', 'tiny-random', 'minilm-l6-v2']);
    laneway = await startGateway({
      config: {
        default_lane: 'main',
        providers: { o: { type: 'ollama', base_url: ollama.url } },
        models: { 'o/smollm2-135m': { capabilities: { min_memory_gb: 1000 } } },
        lanes: { main: { preferred: ['o/tiny-random'] } },
        nodes: {
          evaluate: { model: 'o/tiny-random' },
          vectors: { model: 'o/minilm-l6-v2', kind: 'embeddings' },
        },
      },
      freeMemory: () => Promise.resolve(freeGb),
    });
  }, 120_000);
  afterAll(async () => {
    await laneway.stop();
    await ollama.stop();
  });

  describe('with a preflight', () => {
    test('is not switched to a model that needs more memory than is free, but with force', async () => {
      const to = { provider: 'o', model_id: 'smollm2-135m', preflight: true };
      const refused = await put(laneway, to);
      expect([refused.status, refused.body.error.code]).toEqual([409, 'unfit_target']);
      expect(refused.body.error.detail.reasons[0]?.reason).toContain('needs 1000 GB of memory');
      freeGb = 2000;
      laneway.app.registry.applyFreeMemory(freeGb);
      const { status, body } = await put(laneway, to);
      expect([status, body.preflight?.ok]).toEqual([200, true]);
      expect(await ask(laneway)).toBe('200 o/smollm2-135m:latest');
    }, 60_000);

    test('is switched to a model that makes vectors only where vectors are wanted', async () => {
      const body = { provider: 'o', model_id: 'minilm-l6-v2', preflight: true, reason: 'again' };
      const answer = await call<Switched>(laneway, 'PUT', '/api/debug/models/vectors', {
        ...body,
        force: true,
      });
      expect(answer.body.preflight).toMatchObject({ ok: true, first_token_ms: null });
      expect((await put(laneway, body)).body.error.code).toBe('unfit_target');
    }, 60_000);
  });
});
