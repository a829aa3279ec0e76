import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createEngineHttp, type OwnedHttp } from '../../../src/engines/drivers/engine-http.ts';
import type { EngineTime } from '../../../src/engines/drivers/timing.ts';
import { systemTime } from '../../../src/engines/drivers/timing.ts';
import { createProcessTable } from '../../../src/engines/drivers/processes/process-table.ts';
import type { ServerPorts } from '../../../src/engines/drivers/processes/server-process.ts';
import { systemSpawner } from '../../../src/engines/drivers/processes/system-spawner.ts';
import { TOKEN_VARIABLE } from '../../../src/engines/drivers/processes/orphans.ts';
import { ENGINES } from './engines.ts';
import { createConnector } from '../../../src/providers/connection/connector.ts';

/** Calls of a real server through the connector, as the gateway makes them. */
export function httpAt(url: string): OwnedHttp {
  const connector = createConnector({ baseUrl: url, local: true, headers: {}, connectMs: 2_000 });
  return { ...createEngineHttp(connector), close: () => connector.destroy() };
}

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** The processes of this machine. */
export const table = createProcessTable();

/** Real processes and time. */
export function serverPorts({
  limits = { stallMs: 20_000, stopMs: 5_000 },
  time = systemTime,
}: Partial<ServerPorts> = {}): ServerPorts {
  return {
    spawner: systemSpawner,
    time,
    httpAt,
    activityOf: (pid) => table.activityOf(pid),
    limits,
  };
}

/** Time that passes only while somebody waits for it, so that minutes take no time. */
export function virtualTime(): EngineTime & { advance(ms: number): void } {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted !== true) now += ms;
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

/** Lets everything that waits for nothing but its turn run, so many times. */
export async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Arguments of a test's llama-server; one thread, since its threads spin. */
export const LLAMA_TEMPLATE: readonly string[] = [
  ...[
    '{program}',
    '--threads',
    '1',
    '--host',
    '127.0.0.1',
    '--port',
    '{port}',
    '-m',
    '{path}',
    '--alias',
    '{model}',
  ],
  ...['-c', '{context}', '-np', '1', '--cache-ram', '0', '--offline'],
];

/** Broken files of `install.sh`: cut in its tensors, no GGUF at all, empty. */
export function brokenFile(name: 'cut-tensors' | 'missing-tensor' | 'not-gguf' | 'empty'): string {
  return join(ENGINES, 'models-broken', `${name}.gguf`);
}

/** Open descriptors of this process; 0 where the platform does not show them. */
export function openDescriptors(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0;
}

/** Live processes with this test's token in their environment, or with another variable. */
export async function processesWith(token: string, variable = TOKEN_VARIABLE): Promise<readonly number[]> {
  return (await table.withVariable(variable, token)).map(({ pid }) => pid).sort((one, other) => one - other);
}

/** A body that makes llama-server stream for some time. */
export async function stream(
  url: string,
  model: string,
  signal: AbortSignal,
  maxTokens = 2_000,
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      stream: true,
      max_tokens: maxTokens,
      messages: [{ role: 'user', content: 'Tell me.' }],
    }),
    signal,
  });
}

/** Resolves as soon as the condition holds; throws after 5 s, or after so many ms. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs = 5_000): Promise<void> {
  for (let left = withinMs / 10; left > 0; left -= 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it did not become true within ${withinMs / 1000} s`);
}
