import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startProcess, type GatewayProcess } from '../support/process.ts';
import { pythonWithOpenAi } from '../support/python.ts';
import { blocksOf, ROOT, type Block } from './pages.ts';

const BASE = 'http://127.0.0.1:4600';

/** Whether this machine has a shell and curl. */
export const HAS_CURL = ['sh', 'curl'].every((tool) => spawnSync(tool, ['-c', ':']).error === undefined);
/** Why a block cannot run on this machine, by language; null if it can. */
const MISSING: Readonly<Record<string, string | null>> = {
  sh: HAS_CURL ? null : 'no sh or no curl here',
  js: null,
  python:
    pythonWithOpenAi === null ? 'LANEWAY_TEST_PYTHON names no interpreter with the openai package' : null,
};

/** A command or program of a page, and the block after it, which shows its output. */
export interface Typed {
  readonly block: Block;
  readonly answer: Block | undefined;
  /** Why it cannot run on this machine; null if it can. */
  readonly missing: string | null;
}

/** The blocks of a page that run against a demo (role `demo`). */
export function typedOn(page: string): Typed[] {
  const blocks = blocksOf(page);
  return blocks.flatMap((block, index) =>
    block.role === 'demo'
      ? [{ block, answer: blocks[index + 1], missing: MISSING[block.language] ?? null }]
      : [],
  );
}

/** A running demo, and a user's project with the clients installed. */
export class Reader {
  readonly demo: GatewayProcess;
  readonly #project = mkdtempSync(join(tmpdir(), 'laneway-page-'));

  private constructor(demo: GatewayProcess) {
    this.demo = demo;
    symlinkSync(join(ROOT, 'node_modules'), join(this.#project, 'node_modules'), 'junction');
  }

  /** Starts a demo of its own. */
  static async start(): Promise<Reader> {
    return new Reader(await startProcess({ args: ['--demo'] }));
  }

  async stop(): Promise<void> {
    rmSync(this.#project, { recursive: true, force: true });
    await this.demo.stop();
  }

  /** Runs a block as its reader would; returns its output. */
  async type({ language, text }: Block): Promise<string> {
    const source = text.replaceAll(BASE, this.demo.url);
    switch (language) {
      case 'sh':
        return output('sh', ['-c', source], this.#project);
      case 'js':
        writeFileSync(join(this.#project, 'snippet.mjs'), source);
        return output(process.execPath, ['snippet.mjs'], this.#project);
      default:
        return output(pythonWithOpenAi ?? 'python3', ['-c', source], this.#project);
    }
  }
}

/** Runs a command to its end; returns what it prints. Rejects if it fails. */
export function output(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 8_000,
  });
  let printed = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.once('error', reject);
  child.once('close', (code) => {
    if (code === 0) resolve(printed);
    else reject(new Error(`${command} exited with ${String(code)}:\n${printed}\n${errors}`));
  });
  return promise;
}
