import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { read, ROOT } from './pages.ts';
import { applyStep, recipesOf } from './recipes.ts';

const RECIPES = recipesOf(read('CONTRIBUTING.md'));

/** They take half a minute each. */
const isLong = process.env['CI'] === undefined ? ' (set CI=1 to run its commands)' : '';

/** Of no use in a copy. */
const LEFT_OUT = ['node_modules', '.git', 'data'];

test('there is one for each of the four things that are added most often', () => {
  expect(RECIPES.map(({ name }) => name)).toEqual(['a provider', 'a wire', 'a failure class', 'a table']);
  for (const { steps, commands } of RECIPES) {
    expect(steps.length).toBeGreaterThan(5);
    expect(commands.length).toBeGreaterThan(1);
  }
});

describe.each(RECIPES)('$name', ({ steps, commands }) => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'laneway-recipe-'));
    // As a clone is: some tests read it as another user.
    chmodSync(copy, 0o755);
    for (const name of readdirSync(ROOT).filter((entry) => !LEFT_OUT.includes(entry))) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
  });
  afterAll(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  test('every step can be done as it is written', () => {
    for (const step of steps) applyStep(step, copy);
  });

  test.skipIf(isLong !== '')(`its commands prove it${isLong}`, { timeout: 180_000 }, async () => {
    for (const command of commands)
      expect(await run(command, copy), command).toEqual({ code: 0, output: '' });
  });
});

/** Runs a command; what it printed is told only when it failed. */
function run(
  command: string,
  cwd: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; output: string }>();
  const child = spawn('sh', ['-c', command], { cwd, env: { ...process.env, CI: undefined } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  child.once('close', (code) => {
    resolve({ code, output: code === 0 ? '' : output.slice(-4_000) });
  });
  return promise;
}
