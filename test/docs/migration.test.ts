import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { call } from '../http/operator.ts';
import { startSystem, type System } from '../systems/system.ts';
import { differences } from './answers.ts';
import { blocksOf, codeWords, read, ROOT, section, type Block } from './pages.ts';

const PAGE = read('docs/migration.md');
const BLOCKS = blocksOf(PAGE);
/** Each older system has a preset, with which the commands of its section run. */
const PRESETS = ['pipeline', 'lanes', 'roles', 'interaction-types', 'model-bar'];
const SERVED = {
  vllm: ['Qwen2.5-Coder-32B-Instruct'],
  llamacpp: ['qwen3-0.6b-q4.gguf'],
  ollama: ['llama3.1:8b', 'mistral:latest', 'qwen2.5:7b', 'qwen2.5:14b', 'llama2:latest'],
};

test('every command of the page is run, and every file is used', () => {
  const [files, commands] = [/^old\//, /^run\b/].map((pattern) =>
    BLOCKS.filter(({ role }) => pattern.test(role)),
  );
  expect(new Set(commands?.map(({ role }) => role))).toEqual(
    new Set(['run', ...PRESETS.map((preset) => `run ${preset}`)]),
  );
  for (const { role } of files ?? []) {
    expect(
      commands?.some(({ text }) => text.includes(role)),
      role,
    ).toBe(true);
  }
  expect(BLOCKS.filter(({ role }) => !/^(?:old\/|run\b|answer$)/.test(role))).toEqual([]);
});

test('the page has a section for each older system, which names its preset', () => {
  const rows = PAGE.split('\n').filter((line) => line.startsWith('| ['));
  expect(rows.map((row) => /`([a-z-]+)`/.exec(row)?.[1])).toEqual(PRESETS);
  for (const row of rows) {
    const title = /\]\(#([a-z-]+)\)/.exec(row)?.[1]?.replaceAll('-', ' ') ?? '';
    const heading = PAGE.split('\n').find((line) => line.toLowerCase() === `## ${title}`) ?? '';
    const text = section(PAGE, heading);
    for (const part of ['What you had', 'What keeps working', 'What changes']) expect(text).toContain(part);
  }
});

describe.each(PRESETS)('%s: the commands of its section, in order', (preset) => {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-page-'));
  let system: System;
  beforeAll(async () => {
    mkdirSync(join(folder, 'old'));
    for (const { role, text } of BLOCKS) {
      if (role.startsWith('old/')) writeFileSync(join(folder, role), text);
    }
    system = await startSystem(preset, SERVED);
    await call(system.gateway, 'POST', '/api/profiles/deactivate');
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await system.stop();
  });

  for (const { block, answer } of typedIn(preset)) {
    test(`line ${block.line}`, { timeout: 30_000 }, async () => {
      const printed = await type(block, folder, system.gateway.url);
      if (answer !== undefined) expect(differences(answer, printed)).toEqual([]);
    });
  }
});

test('the calls that keep working exist', async () => {
  const system = await startSystem('pipeline', {});
  try {
    const paths = codeWords(PAGE).flatMap((word) => /^(?:[A-Z]+ )(\/[a-z0-9/_]+)/.exec(word)?.[1] ?? []);
    expect(paths.length).toBeGreaterThan(4);
    for (const path of paths) {
      const { status } = await call(system.gateway, 'GET', path);
      expect([200, 404, 405], path).toContain(status);
      const { body } = await call<{ error?: { code: string } }>(system.gateway, 'GET', path);
      expect(body.error?.code, path).not.toBe('route_not_found');
    }
  } finally {
    await system.stop();
  }
});

/** The commands of a section, with the block that shows their output. The first of the page belongs to the first. */
function typedIn(preset: string): { readonly block: Block; readonly answer: Block | undefined }[] {
  return BLOCKS.flatMap((block, index) => {
    const isOwn = block.role === `run ${preset}` || (block.role === 'run' && preset === PRESETS[0]);
    const next = BLOCKS[index + 1];
    return isOwn ? [{ block, answer: next?.role === 'answer' ? next : undefined }] : [];
  });
}

/** Types a block as its reader would, in a folder with the older files; rejects if a command fails. */
function type({ text }: Block, folder: string, url: string): Promise<string> {
  const cli = `laneway() { "${process.execPath}" "${join(ROOT, 'scripts', 'laneway.mjs')}" "$@"; }`;
  const source = `set -e\n${cli}\n${text.replaceAll('http://127.0.0.1:4600', url)}`;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn('sh', ['-c', source], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      LANEWAY_URL: url,
      LANEWAY_CONFIG_DIR: 'config',
      LANEWAY_DATA_DIR: 'data',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.once('error', reject);
  child.once('close', (code) => {
    if (code === 0) resolve(printed);
    else reject(new Error(`exit ${String(code)}:\n${text}\n${printed}\n${errors}`));
  });
  return promise;
}
