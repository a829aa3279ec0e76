import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { build } from 'vite';

import { CHROMIUM } from './chromium.ts';

const SOURCES = join(import.meta.dirname, '../../src/console');

let built: Promise<string> | null = null;
process.on('exit', () => {
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
});
let folder: string | null = null;

/** Builds the console once for all tests of a run, and returns its folder. */
export function builtConsole(): Promise<string> {
  built ??= buildConsole();
  return built;
}

async function buildConsole(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'laneway-console-'));
  folder = outDir;
  await build({
    configFile: join(SOURCES, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir, emptyOutDir: true },
  });
  return outDir;
}

/** Tests that need a browser; without one they are skipped, and the title says so. */
export const describeWithBrowser =
  CHROMIUM === undefined
    ? (title: string, tests: () => void) => describe.skip(`${title} (no Chromium: set CHROMIUM)`, tests)
    : describe;
