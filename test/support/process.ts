import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeConfig } from './config-files.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What `npm start` runs where it cannot build; with LANEWAY_TEST_BUILT=1 the build. */
const PROGRAM = process.env['LANEWAY_TEST_BUILT'] === '1' ? ['dist', 'main.js'] : ['src', 'main.ts'];
const COMMAND = [join(ROOT, 'scripts', 'node.mjs'), join(ROOT, ...PROGRAM)];

/** A gateway as its own process, started as a user starts it. */
export interface GatewayProcess {
  readonly url: string;
  readonly pid: number;
  readonly folder: string;
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with exit code and signal. */
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Ends it and removes its folder unless the caller brought one. */
  stop(): Promise<void>;
}

/** What to start. */
export interface ProcessOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Written below `config/` of the folder: `user_models.json` and the like. */
  readonly files?: Readonly<Record<string, unknown>>;
  /** Working directory; a temporary one unless said. */
  readonly folder?: string;
}

/** What a process printed that did not become a gateway. */
export interface EndedProcess {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a gateway and waits until it has printed its start table. Throws with its output when it ends before. */
export async function startProcess(options: ProcessOptions = {}): Promise<GatewayProcess> {
  const launched = launch(options);
  const url = await Promise.race([urlOf(launched), launched.exit.then(() => null)]);
  if (url === null) throw new Error(`the gateway ended:\n${launched.stdout()}\n${launched.stderr()}`);
  return { ...launched, url };
}

/** Starts a gateway that is expected to refuse, and waits for its end. */
export async function runToEnd(options: ProcessOptions = {}): Promise<EndedProcess> {
  const launched = launch(options);
  const { code } = await launched.exit;
  const ended = { code, stdout: launched.stdout(), stderr: launched.stderr() };
  await launched.stop();
  return ended;
}

function launch(options: ProcessOptions): Omit<GatewayProcess, 'url'> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'laneway-process-'));
  writeConfig(folder, options.files ?? {});
  const child = spawn(process.execPath, [...COMMAND, ...(options.args ?? [])], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, LANEWAY_PORT: '0', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test that gave up waiting leaves nothing running.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.removeListener('exit', kill));
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
  return {
    pid: child.pid ?? 0,
    folder,
    child,
    stdout: () => out,
    stderr: () => errors,
    exit,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exit;
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The address in the start table, once its last line is out. */
async function urlOf(launched: Omit<GatewayProcess, 'url'>): Promise<string> {
  for (;;) {
    const url = /listening on (http:\/\/\S+)/.exec(launched.stdout())?.[1];
    if (url !== undefined && launched.stdout().includes('"messages"')) return url;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** POSTs JSON and gives the reply. */
export function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}
