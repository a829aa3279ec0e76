import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, openSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, onTestFinished, test } from 'vitest';

import { describeModel } from '../../../src/engines/gguf/describe-model.ts';
import { readHeader } from '../../../src/engines/gguf/read-header.ts';
import { estimateMemory, type MemoryEstimate } from '../../../src/engines/memory/estimate.ts';
import { memorySettings, type MemorySettings } from '../../../src/engines/memory/settings.ts';
import { describeWithEngine, findLlamaServer, freePort, modelFile } from '../../support/engines/engines.ts';
import type { GgufShape } from '../../support/gguf.ts';
import { folder, put } from '../gguf/files.ts';
import { LOADABLE_SHAPES } from './loadable-shapes.ts';

const MIB = 2 ** 20;

/** What llama-server says in its log that it has allocated, in MiB. */
interface Reported {
  readonly model: number;
  readonly cache: number;
  readonly recurrent: number;
  readonly compute: number;
}

/** Loads a model and reads the sizes of the buffers of its second and real load: the first one only measures. */
async function reported(path: string, args: readonly string[]): Promise<Reported> {
  const binary = findLlamaServer();
  if (binary === null) throw new Error('no llama-server');
  const directory = mkdtempSync(join(tmpdir(), 'laneway-llama-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const log = join(directory, 'log');
  const file = openSync(log, 'w');
  const common = ['--host', '127.0.0.1', '--port', String(await freePort()), '--offline', '--threads', '1'];
  const more = ['--cache-ram', '0', '--no-warmup', '--log-verbosity', '5', '--fit', 'off'];
  const child = spawn(binary, ['-m', path, ...common, ...more, ...args], { stdio: ['ignore', file, file] });
  closeSync(file);
  const ended = once(child, 'exit');
  try {
    for (let tries = 0; tries < 200; tries++) {
      const text = readFileSync(log, 'utf8');
      if (/compute buffer size = +[\d.]+ MiB/.test(text)) return sizes(text);
      if (child.exitCode !== null) throw new Error(`llama-server ended: ${text.slice(-1500)}`);
      await sleep(100);
    }
    throw new Error(`no sizes within 20 s: ${readFileSync(log, 'utf8').slice(-1500)}`);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

function sizes(log: string): Reported {
  const sum = (pattern: RegExp): number =>
    [...log.matchAll(pattern)].reduce((total, [, mib]) => total + Number(mib), 0);
  return {
    model: sum(/ model buffer size = +([\d.]+) MiB/g),
    cache: sum(/ KV buffer size = +([\d.]+) MiB/g),
    recurrent: sum(/ RS buffer size = +([\d.]+) MiB/g),
    compute: sum(/ (?:compute|output) buffer size = +([\d.]+) MiB/g),
  };
}

function estimated(path: string, settings: Partial<MemorySettings> & { context: number }): MemoryEstimate {
  return estimateMemory(describeModel([readHeader(path)]), memorySettings(settings));
}

/** Within 10 % of the total; weights and caches to the hundredth of a MiB that the log has. */
function expectClose(estimate: MemoryEstimate, real: Reported): void {
  expect(estimate.weights / MIB).toBeCloseTo(real.model, 1);
  expect(estimate.kvCache / MIB).toBeCloseTo(real.cache, 1);
  expect(estimate.recurrentState / MIB).toBeCloseTo(real.recurrent, 1);
  const total = real.model + real.cache + real.recurrent + real.compute;
  expect(estimate.total / MIB / total).toBeGreaterThan(0.9);
  expect(estimate.total / MIB / total).toBeLessThan(1.1);
}

describeWithEngine('the estimate is within 10 % of what a real llama-server allocates', () => {
  test.each<[Partial<MemorySettings> & { context: number }, string]>([
    [{ context: 1024 }, '-c 1024 -np 1'],
    [{ context: 8192 }, '-c 8192 -np 1'],
    [{ context: 8192, slots: 4 }, '-c 8192 -np 4'],
    [{ context: 8192, slots: 4, unified: true }, '-c 8192 -np 4 -kvu'],
    [{ context: 8192, batch: 1024 }, '-c 8192 -np 1 -b 2048 -ub 1024'],
    [{ context: 8192, keyType: 'q8_0', valueType: 'q4_0' }, '-c 8192 -np 1 -ctk q8_0 -ctv q4_0'],
    [{ context: 8192, flashAttention: false }, '-c 8192 -np 1 -fa off'],
    [{ context: 1000, slots: 3 }, '-c 1000 -np 3'],
  ])('SmolLM2 with %j', async (settings, args) => {
    const path = modelFile('smollm2-135m');
    expectClose(estimated(path, settings), await reported(path, args.split(' ')));
  });

  test('an embedding model', async () => {
    const path = modelFile('minilm-l6-v2');
    const real = await reported(path, ['-c', '512', '-np', '1', '--embeddings']);
    expectClose(estimated(path, { context: 512 }), real);
  });

  // Half of what so small a model takes are intermediate results, which the estimate bounds from above.
  test('a tiny model: weights and cache as they are, intermediate results at most twice', async () => {
    const path = modelFile('tiny-random');
    const real = await reported(path, ['-c', '4096', '-np', '1']);
    const estimate = estimated(path, { context: 4096 });
    expect(estimate.weights / MIB).toBeCloseTo(real.model, 1);
    expect(estimate.kvCache / MIB).toBeCloseTo(real.cache, 1);
    expect(estimate.compute / MIB).toBeGreaterThan(real.compute);
    expect(estimate.compute / MIB).toBeLessThan(2 * real.compute);
  });
});

describeWithEngine('caches and states of other shapes are those that a real llama-server allocates', () => {
  test.each(Object.entries(LOADABLE_SHAPES))('%s', async (_, { shape, settings, args }) => {
    const path = put(folder(), 'x.gguf', shape satisfies GgufShape);
    const real = await reported(path, args.split(' '));
    const estimate = estimated(path, settings);
    expect(estimate.weights / MIB).toBeCloseTo(real.model, 1);
    expect(estimate.kvCache / MIB).toBeCloseTo(real.cache, 1);
    expect(estimate.recurrentState / MIB).toBeCloseTo(real.recurrent, 1);
    expect(real.cache + real.recurrent).toBeGreaterThan(0.5);
  });
});
