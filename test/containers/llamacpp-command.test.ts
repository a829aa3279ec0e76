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
    const small = {
      LLAMACPP_CONTEXT: '2048',
      LLAMACPP_DEEP_CONTEXT: '3072',
      LLAMACPP_CACHE_MIB: '16',
      LLAMACPP_KV_TYPE: 'f16',
    };
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

  test('takes its flags, loads nothing by itself, and gives each model the context and slots of the preset', async () => {
    const listed = await untilListed(url, (models) => models.length > 0);
    expect(listed.map(({ status }) => status.value)).toEqual(['unloaded', 'unloaded', 'unloaded']);
    for (const { id } of listed) await load(url, id);
    const models = await untilListed(url, (all) => all.every(({ status }) => status.value === 'loaded'));
    const valueOf = (args: readonly string[], name: string): string | undefined =>
      args[args.indexOf(name) + 1];
    const settings = models.map(({ id, status: { args } }) => [
      id,
      [valueOf(args, '--ctx-size'), valueOf(args, '--parallel')],
    ]);
    expect(Object.fromEntries(settings)).toEqual({
      'Nemotron-8B-UltraLong-4M': ['2048', '2'],
      'Nemotron-8B-UltraLong-4M-512k': ['3072', '1'],
      'granite-3.0-8b-instruct': ['512', '2'],
    });
  }, 60_000);

  test('refuses who has no key', async () => {
    const reply = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: '{}' });
    expect(reply.status).toBe(401);
  });
});

const AUTHORIZED = { authorization: 'Bearer fake-engine-key' };

async function load(url: string, model: string): Promise<void> {
  const headers = { ...AUTHORIZED, 'content-type': 'application/json' };
  await fetch(`${url}/models/load`, { method: 'POST', headers, body: JSON.stringify({ model }) });
}

async function untilListed(
  url: string,
  are: (models: readonly Listed[]) => boolean,
): Promise<readonly Listed[]> {
  for (let tries = 0; tries < 400; tries += 1) {
    const reply = await fetch(`${url}/models`, { headers: AUTHORIZED }).catch(() => null);
    const models = reply?.ok === true ? ((await reply.json()) as { data: Listed[] }).data : [];
    if (are(models)) return models;
    await sleep(100);
  }
  throw new Error('the models did not get there in time');
}
