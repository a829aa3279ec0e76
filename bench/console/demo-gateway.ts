import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { NODE_FLAGS, VARIABLES } from '../../scripts/process-options.mjs';
import { freeLoopbackPort } from '../../src/engines/drivers/processes/free-port.ts';
import { startProcess, stopProcess } from '../processes.ts';

/** `npm run demo`: the built gateway with the practice models, in a process of its own. */
export interface DemoGateway {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const ROOT = join(import.meta.dirname, '../..');
/** As long as a loaded machine may take to start it, in ms. */
const START_MS = 30_000;

/** Starts it on a free port, with its state in `folder`. Throws if it is not built, or does not answer. */
export async function startDemoGateway(folder: string): Promise<DemoGateway> {
  const program = join(ROOT, 'dist/main.js');
  if (!existsSync(join(ROOT, 'dist/console/index.html')) || !existsSync(program))
    throw new Error('dist/ lacks the gateway or the console: run npm run build first');
  const port = await freeLoopbackPort();
  const url = `http://127.0.0.1:${port}`;
  const log = join(folder, 'gateway.log');
  const child = startProcess(1, process.execPath, [...NODE_FLAGS, program, '--demo'], {
    log,
    // The demo keeps its state there, in data/demo.
    cwd: folder,
    env: { ...VARIABLES, LANEWAY_PORT: String(port) },
  });
  await untilReady(url, child, log);
  return { url, pid: child.pid ?? 0, stop: () => stopProcess(child) };
}

async function untilReady(url: string, child: ChildProcess, log: string): Promise<void> {
  const until = performance.now() + START_MS;
  while (performance.now() < until && child.exitCode === null) {
    const reply = await fetch(`${url}/ready`).catch(() => null);
    if (reply?.ok === true) return;
    await delay(50);
  }
  await stopProcess(child);
  throw new Error(`the gateway does not answer:\n${readFileSync(log, 'utf8').slice(-2000)}`);
}
