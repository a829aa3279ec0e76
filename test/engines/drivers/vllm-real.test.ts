import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
import { ENGINES } from '../../support/engines/engines.ts';

const HOME = join(ENGINES, 'vllm');
const reason =
  process.env['LANEWAY_TEST_VLLM'] !== '1'
    ? 'LANEWAY_TEST_VLLM=1 runs them'
    : existsSync(join(HOME, 'venv/bin/vllm'))
      ? null
      : `no vLLM in ${HOME}`;
const MINUTES = 60_000;
const ignore = (): void => undefined;

/** One pinned core at a low priority: a vLLM on the processor takes one to two minutes to start. */
describe.skipIf(reason !== null)(`a real vLLM${reason === null ? '' : ` (${reason})`}`, () => {
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
    const variables = [
      ...['HF_HUB_OFFLINE=1', 'TRANSFORMERS_OFFLINE=1', 'VLLM_NO_USAGE_STATS=1', 'DO_NOT_TRACK=1'],
      ...[`HF_HOME=${folder}/hf`, `VLLM_CACHE_ROOT=${HOME}/run/cache`, 'VLLM_CPU_KVCACHE_SPACE=1'],
      ...[
        'VLLM_CPU_OMP_THREADS_BIND=1',
        'OMP_NUM_THREADS=1',
        'TORCHDYNAMO_DISABLE=1',
        'TOKENIZERS_PARALLELISM=false',
      ],
    ];
    driver = new CommandDriver({
      providerId: 'vllm',
      start: [
        ...[
          'env',
          ...variables,
          'taskset',
          '-c',
          '1',
          'nice',
          '-n',
          '10',
          join(HOME, 'venv/bin/vllm'),
          'serve',
        ],
        ...[join(HOME, 'models/tiny-random'), '--host', '127.0.0.1', '--port', String(port)],
        ...[
          '--served-model-name',
          'tiny',
          '--max-model-len',
          '1024',
          '--dtype',
          'float32',
          '--enforce-eager',
        ],
      ],
      stop: null,
      ...{ http, time: systemTime, spawner: systemSpawner, table, folder, stallMs: 120_000, stopMs: 10_000 },
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
});
