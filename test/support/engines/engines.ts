import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from 'vitest';

import { freeLoopbackPort } from '../../../src/engines/drivers/processes/free-port.ts';

/** The models that install.sh brings: real answers, nonsense at once, the first with a tool template, and vectors. */
export type EngineModel = 'smollm2-135m' | 'tiny-random' | 'smollm2-135m-tools' | 'minilm-l6-v2';

/** A running llama-server on a loopback port. */
export interface LlamaServer {
  /** `http://127.0.0.1:PORT`, without `/v1`; the same after a restart. */
  readonly url: string;
  readonly pid: number;
  /** Ends the process: `SIGTERM` unless said, and `SIGKILL` when it is still there after 3 s. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Stops it where it runs and starts it again on the same port; resolves when it is ready. */
  restart(): Promise<void>;
}

/** The engines' cache folder. */
export const ENGINES =
  process.env['LANEWAY_ENGINES_DIR'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'laneway-engines');
const READY_MS = 30_000;
const STOP_MS = 3_000;

/** The newest llama-server in the engines' cache folder, or null. */
export function findLlamaServer(): string | null {
  const builds = existsSync(ENGINES) ? readdirSync(ENGINES).filter((name) => /^llama-b\d+$/.test(name)) : [];
  const newestFirst = builds.sort((a, b) => Number(b.slice(7)) - Number(a.slice(7)));
  return (
    newestFirst.map((name) => join(ENGINES, name, 'llama-server')).find((path) => existsSync(path)) ?? null
  );
}

/** Why tests with a real engine cannot run here, or null when they can. */
export const skipReason: string | null =
  findLlamaServer() !== null && existsSync(modelFile('tiny-random'))
    ? null
    : 'no llama-server installed; bring it with test/support/engines/install.sh llama';

/** `describe` for tests with a real engine: skipped with the reason in its name where none is installed. */
export function describeWithEngine(name: string, tests: () => void): void {
  describe.skipIf(skipReason !== null)(skipReason === null ? name : `${name} (${skipReason})`, tests);
}

/** The same for each of some cases; `%s` in the name is the case. */
describeWithEngine.each =
  <Case extends string>(cases: readonly Case[]) =>
  (name: string, tests: (each: Case) => void): void => {
    for (const each of cases) {
      describeWithEngine(name.replace('%s', each), () => {
        tests(each);
      });
    }
  };

/**
 * Starts llama-server with one model and waits until it is ready. One thread: its threads spin, and two of them
 * starve whatever else runs on two cores. It dies with the test process; `stop` it when the tests are done.
 * Throws with the end of its log when it does not get ready within 30 s.
 */
export async function startLlama(options: {
  readonly model: EngineModel;
  /** A free one unless said. */
  readonly port?: number;
  /** Further options of llama-server, e.g. `['-np', '1']`. */
  readonly args?: readonly string[];
}): Promise<LlamaServer> {
  const binary = findLlamaServer();
  if (binary === null) throw new Error(skipReason ?? 'no llama-server');
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'laneway-llama-'));
  const launch = (): Promise<ChildProcess> =>
    spawnUntilReady([binary, ...argumentsFor(options.model, port), ...(options.args ?? [])], {
      folder,
      variables: { LLAMA_CACHE: folder },
      readyUrl: `http://127.0.0.1:${port}/health`,
    });
  let child: ChildProcess;
  try {
    child = await launch();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    get pid() {
      return child.pid ?? 0;
    },
    stop: async (signal = 'SIGTERM') => {
      await endEngine(child, signal);
      rmSync(folder, { recursive: true, force: true });
    },
    restart: async () => {
      await endEngine(child, 'SIGTERM');
      child = await launch();
    },
  };
}

/** Where the file of a model lies, whether it is there or not. */
export function modelFile(model: EngineModel): string {
  return join(ENGINES, 'models', `${model.replace(/-tools$/, '')}.gguf`);
}

function argumentsFor(model: EngineModel, port: number): string[] {
  const tools = model.endsWith('-tools')
    ? ['--chat-template-file', join(import.meta.dirname, 'chatml-tools.jinja')]
    : [];
  const server = ['--host', '127.0.0.1', '--port', String(port), '--metrics', '--offline'];
  const size = ['--threads', '1', '-c', '4096', '-np', '2', '--cache-ram', '256'];
  const embeds = model === 'minilm-l6-v2' ? ['--embeddings'] : [];
  return ['-m', modelFile(model), '--alias', model, ...server, ...size, ...tools, ...embeds];
}

/** Where an engine keeps what it writes, and how to see that it is ready. */
export interface Launch {
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Answers 200 once the engine serves. */
  readonly readyUrl: string;
}

/** Starts an engine, which dies with the test process. Throws with the end of its log when it is not ready in 30 s. */
export async function spawnUntilReady(
  command: readonly string[],
  { folder, variables, readyUrl }: Launch,
): Promise<ChildProcess> {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'engine.log');
  const output = openSync(log, 'a');
  const [program = '', ...args] = [...parentDeath(), ...command];
  const child = spawn(program, args, {
    stdio: ['ignore', output, output],
    env: { PATH: process.env['PATH'], HOME: folder, ...variables },
  });
  closeSync(output);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  const deadline = Date.now() + READY_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    if (await answers(readyUrl)) return child;
    await sleep(30);
  }
  await endEngine(child, 'SIGKILL');
  throw new Error(`the engine is not ready: ${readFileSync(log, 'utf8').slice(-600)}`);
}

/** Linux: the engine gets SIGKILL with the test process even where that gets SIGKILL itself. */
function parentDeath(): string[] {
  const setpriv = '/usr/bin/setpriv';
  return existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL'] : [];
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Ends an engine. With a request in flight llama-server may ignore SIGTERM for longer than a test can wait. */
export async function endEngine(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(timer);
}

/** A loopback port that nothing listens on. */
export const freePort = freeLoopbackPort;
