import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LoadCommand, LoadResult } from './load.ts';
import { httpRequest } from './payload.ts';
import { findProgram, pinned, startProcess, stopProcess } from './processes.ts';

/** A load generator or upstream that hangs must not hang the bench. */
const COMMAND_MS = 120_000;

const wrk = findProgram('wrk');
/** `wrk` saturates every proxy here; the bench's own generator nearly does. */
export const saturator = wrk === null ? 'own generator' : 'wrk';

/** The processes on core 0: the fake upstream and what asks it. */
export class Helpers {
  readonly upstreamPort: number;
  readonly #upstream: ChildProcess;
  readonly #load: ChildProcess;
  readonly #folder: string;

  private constructor(upstream: ChildProcess, upstreamPort: number, load: ChildProcess, folder: string) {
    this.#upstream = upstream;
    this.upstreamPort = upstreamPort;
    this.#load = load;
    this.#folder = folder;
  }

  /** Starts both; `folder` takes their logs. */
  static async start(folder: string): Promise<Helpers> {
    const script = (name: string): string[] => [join(import.meta.dirname, name)];
    const log = join(folder, 'helpers.log');
    const upstream = startProcess(0, process.execPath, script('upstream.ts'), { log, ipc: true });
    const load = startProcess(0, process.execPath, script('load.ts'), { log, ipc: true });
    if (upstream.stdout === null) throw new Error('the upstream has no standard output');
    const [line] = (await once(upstream.stdout, 'data')) as [Buffer];
    return new Helpers(upstream, Number(line.toString()), load, folder);
  }

  async stop(): Promise<void> {
    await Promise.all([stopProcess(this.#upstream), stopProcess(this.#load)]);
  }

  /** Gives the load generator one command. Throws when a request failed: figures with errors are meaningless. */
  async load(command: LoadCommand): Promise<LoadResult> {
    this.#load.send(command);
    const [result] = (await once(this.#load, 'message', { signal: AbortSignal.timeout(COMMAND_MS) })) as [
      LoadResult,
    ];
    if (result.errors > 0)
      throw new Error(
        `${command.mode}: ${result.errors} of ${result.completed + result.errors} requests failed`,
      );
    return result;
  }

  /** Sends as much as 64 connections carry for whole seconds; gives the number of requests answered. */
  async saturate(port: number, body: Buffer, seconds: number): Promise<number> {
    if (wrk === null) {
      const request = httpRequest(port, body);
      return (await this.load({ mode: 'closed', port, request, connections: 64, seconds })).completed;
    }
    const script = join(this.#folder, 'wrk.lua');
    writeFileSync(
      script,
      `wrk.method = "POST"\nwrk.body = [==[${body.toString()}]==]\n` +
        'wrk.headers["content-type"] = "application/json"\nwrk.headers["accept"] = "application/json"\n' +
        'wrk.headers["authorization"] = "Bearer sk-fake-client-0123456789abcdef"\n',
    );
    const url = `http://127.0.0.1:${port}/v1/chat/completions`;
    const [program, args] = pinned(0, wrk, ['-t1', '-c64', `-d${seconds}s`, '-s', script, url]);
    const { stdout } = await promisify(execFile)(program, args, { timeout: COMMAND_MS });
    const bad = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(stdout)?.[0];
    if (bad !== undefined) throw new Error(`wrk: ${bad}`);
    return Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  }
}
