import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineExit } from '../../../src/engines/drivers/driver-events.ts';
import { CommandDriver } from '../../../src/engines/drivers/command-driver.ts';
import type { OwnedHttp } from '../../../src/engines/drivers/engine-http.ts';
import { engineEnvironment } from '../../../src/engines/drivers/processes/environment.ts';
import { freeLoopbackPort } from '../../../src/engines/drivers/processes/free-port.ts';
import { systemSpawner } from '../../../src/engines/drivers/processes/system-spawner.ts';
import { systemTime } from '../../../src/engines/drivers/timing.ts';
import { httpAt, never, stream, table, until } from '../../support/engines/drivers.ts';
import { vllmCommand, vllmSkipReason } from '../../support/engines/vllm.ts';

const MINUTES = 60_000;
const ignore = (): void => undefined;

describe.skipIf(vllmSkipReason !== null)(
  `a real vLLM${vllmSkipReason === null ? '' : ` (${vllmSkipReason})`}`,
  () => {
    const exits: EngineExit[] = [];
    let folder: string;
    let url: string;
    let http: OwnedHttp;
    let driver: CommandDriver;

    const load = (signal = never): Promise<unknown> =>
      driver.load({ modelId: 'tiny', contextLength: null }, ignore, signal);
    const leader = (): number =>
      (JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8')) as { pid: number }).pid;
    const members = async (): Promise<number> => (await table.membersOf(leader())).length;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'laneway-vllm-'));
      const port = await freeLoopbackPort();
      url = `http://127.0.0.1:${port}`;
      http = httpAt(url);
      driver = new CommandDriver({
        providerId: 'vllm',
        start: vllmCommand(folder, port),
        stop: null,
        ...{
          http,
          time: systemTime,
          spawner: systemSpawner,
          table,
          folder,
          limits: { stallMs: 120_000, stopMs: 10_000 },
        },
        environment: engineEnvironment(process.env),
        onExit: (exit) => exits.push(exit),
      });
    });
    afterAll(async () => {
      await driver.unload('tiny', never).catch(ignore);
      await driver.close();
      await http.close();
      rmSync(folder, { recursive: true });
    });

    test(
      'starts, and ends with its whole group although a stream is open, which falls silent',
      { timeout: 10 * MINUTES },
      async () => {
        expect(await load()).toEqual({ contextLength: 1024, footprintBytes: null });
        expect(await members()).toBeGreaterThan(2);
        const reply = await stream(url, 'tiny', never, 900);
        expect(reply.status).toBe(200);
        const pid = leader();
        await driver.unload('tiny', never);
        await reply.text().catch(ignore);
        expect(await table.membersOf(pid)).toEqual([]);
        expect(driver.state).toBe('stopped');
        expect(exits).toEqual([]);
      },
    );

    test('leaves nothing when its start is aborted', { timeout: 10 * MINUTES }, async () => {
      const abort = new AbortController();
      const failed = load(abort.signal).catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      const pid = leader();
      abort.abort();
      expect(await failed).toMatchObject({ kind: 'aborted' });
      expect(await table.membersOf(pid)).toEqual([]);
    });

    test(
      'that loses its first process is reported, and its engine and worker are ended',
      { timeout: 10 * MINUTES },
      async () => {
        await load();
        const pid = leader();
        process.kill(pid, 'SIGKILL');
        await until(() => exits.length > 0);
        expect(exits).toMatchObject([{ modelId: null, error: { kind: 'out_of_memory', exitCode: 137 } }]);
        await until(async () => (await table.membersOf(pid)).length === 0);
        expect(await driver.residency(never)).toMatchObject([{ modelId: 'tiny', state: 'failed' }]);
      },
    );
  },
);
