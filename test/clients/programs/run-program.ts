import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { blocksOf, read, section } from '../../docs/pages.ts';
import { CLIENTS } from './installed.ts';
import type { Program } from './programs.ts';

/** How a program ended. */
export interface Ended {
  /** null: killed, because it ran longer than permitted. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** The base URL and the question in the examples of docs/clients.md. */
const SHOWN_URL = 'http://127.0.0.1:4600';
const SHOWN_TASK = 'Say hello.';
const LIMIT_MS = 60_000;

/** Nothing listens there: a program that contacts its vendor fails at once, and not only where there is no internet. */
const NO_INTERNET = 'http://127.0.0.1:9';

/**
 * Runs a program as docs/clients.md shows it, with `task` instead of the question, in a home folder of its own. The
 * file `note.txt` in its working directory can be read.
 */
export async function runProgram(program: Program, url: string, task: string): Promise<Ended> {
  const home = mkdtempSync(join(tmpdir(), 'laneway-program-'));
  try {
    const command = prepare(program, home, url).replaceAll(SHOWN_TASK, task);
    return await run(command, home, program.variables ?? {});
  } finally {
    await killLeftovers(home);
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Writes the files and returns the command. A block whose role is a path is a file: `~/…` of the home folder. */
function prepare({ heading, role = 'program', files = {} }: Program, home: string, url: string): string {
  const blocks = blocksOf(section(read('docs/clients.md'), heading));
  const command = blocks.find((block) => block.role === role);
  if (command === undefined) throw new Error(`docs/clients.md has no block "sh ${role}" in "${heading}"`);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.replaceAll(SHOWN_URL, url));
  };
  write(join(home, 'work', 'note.txt'), 'The code word is marmalade.\n');
  for (const block of blocks) {
    if (/\.(?:json|toml|yaml)$/.test(block.role)) {
      write(
        block.role.startsWith('~/') ? join(home, block.role.slice(2)) : join(home, 'work', block.role),
        block.text,
      );
    }
  }
  for (const [path, text] of Object.entries(files)) write(join(home, path), text);
  return command.text.replaceAll(SHOWN_URL, url);
}

async function run(
  command: string,
  home: string,
  variables: Readonly<Record<string, string>>,
): Promise<Ended> {
  const start = performance.now();
  // A group of its own, so that it can be ended with all that it has started.
  const child = spawn('/bin/sh', ['-ec', command], {
    cwd: join(home, 'work'),
    env: {
      // the Node that runs the tests, for programs that are scripts
      PATH: [
        join(CLIENTS ?? '', 'bin'),
        dirname(process.execPath),
        '/usr/local/bin',
        '/usr/bin',
        '/bin',
      ].join(':'),
      HOME: home,
      TMPDIR: home,
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      NO_COLOR: '1',
      HTTP_PROXY: NO_INTERNET,
      HTTPS_PROXY: NO_INTERNET,
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const killGroup = (): void => {
    kill(-(child.pid ?? 0));
  };
  process.once('exit', killGroup);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const timer = setTimeout(killGroup, LIMIT_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    // not `close`: a process that it has left running may keep its output open
    child.once('exit', resolve);
  });
  clearTimeout(timer);
  await sleep(50);
  killGroup();
  process.removeListener('exit', killGroup);
  return { code, stdout, stderr, seconds: (performance.now() - start) / 1_000 };
}

/** Ends what a program has left running in groups of their own, which have its home folder. */
async function killLeftovers(home: string): Promise<void> {
  const left = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => environmentOf(pid).includes(`HOME=${home}`));
  for (const pid of left) kill(Number(pid));
  if (left.length > 0) await sleep(100);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(join('/proc', pid, 'environ'), 'utf8').split('\0');
  } catch {
    return []; // ended meanwhile, or another user's
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ended before
  }
}
