import { createEngineHttp, type OwnedHttp } from '../../../src/engines/drivers/engine-http.ts';
import type { EngineTime } from '../../../src/engines/drivers/timing.ts';
import { systemTime } from '../../../src/engines/drivers/timing.ts';
import { createProcessTable } from '../../../src/engines/drivers/processes/process-table.ts';
import type { ServerPorts } from '../../../src/engines/drivers/processes/server-process.ts';
import { systemSpawner } from '../../../src/engines/drivers/processes/system-spawner.ts';
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
  stallMs = 20_000,
  stopMs = 5_000,
  time = systemTime,
}: Partial<ServerPorts> = {}): ServerPorts {
  return {
    spawner: systemSpawner,
    time,
    httpAt,
    activityOf: (pid) => table.activityOf(pid),
    stallMs,
    stopMs,
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
