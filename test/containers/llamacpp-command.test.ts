import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithEngine, findLlamaServer, freePort, modelFile } from '../support/engines/engines.ts';
import { compose, interpolate } from './compose-file.ts';

interface Listed {
  readonly id: string;
  readonly status: { readonly value: string; readonly args: readonly string[] };
}

/** The container's own command on the real server: flags and preset are what it takes, with one small model. */
describeWithEngine('the llama-server of docker-compose.strix.yml', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-compose-'));
  let url: string;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const models = join(folder, 'models');
    mkdirSync(join(models, 'gguf'), { recursive: true });
    symlinkSync(modelFile('tiny-random'), join(models, 'nemotron-4m.gguf'));
    symlinkSync(modelFile('tiny-random'), join(models, 'gguf', 'granite-3.0-8b-instruct-Q4_K_M.gguf'));
    const small = { LLAMACPP_CONTEXT: '2048', LLAMACPP_CACHE_MIB: '16', LLAMACPP_KV_TYPE: 'f16' };
    const preset = interpolate(compose.configs['llamacpp-models']?.content ?? '', small);
    writeFileSync(
      join(folder, 'models.ini'),
      preset.replaceAll('/models/', `${models}/`).replace('c = 4096', 'c = 512'),
    );
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const words =
      compose.services['inference-llamacpp']?.command?.map((word) => interpolate(word, small)) ?? [];
    const command = words.map((word) => {
      if (word === '0.0.0.0') return '127.0.0.1';
      if (word === '8080') return String(port);
      return word === '/etc/laneway/models.ini' ? join(folder, 'models.ini') : word;
    });
    const child = spawn(findLlamaServer() ?? '', [...command, '--offline'], {
      env: { ...process.env, LLAMA_API_KEY: 'fake-engine-key', LLAMA_CACHE: join(folder, 'cache') },
      stdio: 'ignore',
    });
    stop = async () => {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, 'exit');
    };
  }, 30_000);
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('takes its flags, loads both models at start, and gives each the context of the preset', async () => {
    const models = await loaded(url);
    const contexts = models.map(({ id, status }) => [id, status.args[status.args.indexOf('--ctx-size') + 1]]);
    expect(Object.fromEntries(contexts)).toEqual({
      'Nemotron-8B-UltraLong-4M': '2048',
      'granite-3.0-8b-instruct': '512',
    });
  }, 60_000);

  test('refuses who has no key', async () => {
    const reply = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: '{}' });
    expect(reply.status).toBe(401);
  });
});

async function loaded(url: string): Promise<readonly Listed[]> {
  for (let tries = 0; tries < 400; tries += 1) {
    const reply = await fetch(`${url}/models`, {
      headers: { authorization: 'Bearer fake-engine-key' },
    }).catch(() => null);
    const models = reply?.ok === true ? ((await reply.json()) as { data: Listed[] }).data : [];
    if (models.length > 0 && models.every(({ status }) => status.value === 'loaded')) return models;
    await sleep(100);
  }
  throw new Error('the models were not loaded in time');
}
