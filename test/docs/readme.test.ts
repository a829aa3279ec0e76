import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startProcess, type GatewayProcess } from '../support/process.ts';
import { pythonWithOpenAi } from '../support/python.ts';
import { differences } from './answers.ts';
import { blocksOf, codeWords, read, ROOT, section, type Block } from './pages.ts';

const README = read('README.md');
const BLOCKS = blocksOf(README);
const BASE = 'http://127.0.0.1:4600';
const LATER = '## What is not there yet';

const hasCurl = ['sh', 'curl'].every((tool) => spawnSync(tool, ['-c', ':']).error === undefined);
/** Why a block cannot run on this machine, by its language. */
const MISSING: Readonly<Record<string, string | null>> = {
  sh: hasCurl ? null : 'no sh or no curl here',
  js: null,
  python:
    pythonWithOpenAi === null ? 'LANEWAY_TEST_PYTHON names no interpreter with the openai package' : null,
};

let demo: GatewayProcess;
let project: string;

beforeAll(async () => {
  demo = await startProcess({ args: ['--demo'] });
  // A user's project, with the client installed.
  project = mkdtempSync(join(tmpdir(), 'laneway-readme-'));
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'), 'junction');
});
afterAll(async () => {
  rmSync(project, { recursive: true, force: true });
  await demo.stop();
});

test('the start table of the demo looks as the README shows it', () => {
  const shown = BLOCKS.find(({ role }) => role === 'start');
  const lines = (text: string): string[] =>
    text.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT').split('\n');
  const wanted = lines(shown?.text ?? '').filter((line) => line !== '');
  expect(wanted).not.toEqual([]);
  expect(lines(demo.stdout())).toEqual(expect.arrayContaining(wanted));
});

describe('what a reader types, in the order of the page', () => {
  const typed = BLOCKS.flatMap((block, index) =>
    block.role === 'demo' ? [{ block, answer: BLOCKS[index + 1] }] : [],
  );

  test('there is something to type, and each has its answer below', () => {
    expect(typed.length).toBeGreaterThan(6);
    for (const { block, answer } of typed) expect(answer?.role, `line ${block.line}`).toBe('answer');
  });

  for (const { block, answer } of typed) {
    const missing = MISSING[block.language] ?? null;
    const name = `line ${block.line}, ${block.language}: gives the answer that is shown`;
    test.skipIf(missing !== null)(missing === null ? name : `${name} (${missing})`, async () => {
      const printed = await run(block);
      expect(differences(answer ?? block, printed)).toEqual([]);
    });
  }
});

test('every path that the README names is there, and none of those that are "not there yet"', async () => {
  const later = section(README, LATER);
  const paths = (page: string): string[] =>
    codeWords(page).flatMap((word) => /^(?:[A-Z]+ )?(\/(?!\/)[a-z0-9/_{}]*)$/.exec(word)?.[1] ?? []);
  const built = async (path: string): Promise<boolean> => {
    const { error } = (await (await fetch(demo.url + path)).json()) as { error?: { code?: string } };
    return error?.code !== 'route_not_found';
  };
  const now = paths(README.replace(later, ''));
  expect(now).toContain('/ready');
  for (const path of now) expect(await built(path), path).toBe(true);
  expect(paths(later)).toContain('/v1/messages');
  for (const path of paths(later)) expect(await built(path), path).toBe(false);
});

/** Runs a block as its reader would, against the demo of this test; gives what it printed. */
async function run({ language, text }: Block): Promise<string> {
  const source = text.replaceAll(BASE, demo.url);
  switch (language) {
    case 'sh':
      return output('sh', ['-c', source]);
    case 'js':
      writeFileSync(join(project, 'snippet.mjs'), source);
      return output(process.execPath, ['snippet.mjs']);
    default:
      return output(pythonWithOpenAi ?? 'python3', ['-c', source]);
  }
}

function output(command: string, args: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(command, args, { cwd: project, stdio: ['ignore', 'pipe', 'pipe'], timeout: 8_000 });
  let printed = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.once('error', reject);
  child.once('close', (code) => {
    if (code === 0) resolve(printed);
    else reject(new Error(`${command} ended with ${String(code)}:\n${printed}\n${errors}`));
  });
  return promise;
}
