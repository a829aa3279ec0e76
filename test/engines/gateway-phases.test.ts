import Database from 'better-sqlite3';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { until } from '../support/engines/drivers.ts';
import {
  ENGINE_SETUPS,
  SMOL,
  startEngineGateway,
  TINY,
  type EngineGateway,
} from '../support/engines/engine-gateway.ts';
import { describeWithEngine } from '../support/engines/engines.ts';
import { BACK_MS, servesAgain, signal, stateOf } from '../support/engines/kills.ts';

/** Of the 34 kills each run makes ten; all of them on demand, since they take minutes. */
const ALL = process.env['LANEWAY_TEST_KILLS'] === '1';
const why = ALL ? '' : ' (LANEWAY_TEST_KILLS=1 runs it)';

const PHASES = ['loading', 'draining', 'unloading', 'settling', 'probing'] as const;
type Phase = (typeof PHASES)[number];

/**
 * More memory than any machine has. It is never seen to be free, so that a switch to a model which has taken so much
 * stays in `settling`; with another window nothing is known of what it takes, and the switch goes on.
 */
const HUGE_GB = 90_000;

describeWithEngine.each(ENGINE_SETUPS)('kill -9 in each phase of a switch, with %s', (setup) => {
  const isProcess = setup === 'own processes';
  let laneway: EngineGateway;
  let pending: Promise<unknown>[] = [];
  let isHuge = false;
  let window = 1024;
  const later = (work: Promise<Response>): void => {
    pending.push(work.then((reply) => reply.text()).catch(() => undefined));
  };
  const verb = (model: string, name: 'load' | 'unload'): Promise<Response> =>
    laneway.post(`/api/engines/l/models/${model.slice(2)}/${name}`, {});
  const load = async (model: string): Promise<void> => {
    let reply = await verb(model, 'load');
    while (reply.status === 409) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      reply = await verb(model, 'load');
    }
    expect({ status: reply.status, body: await reply.text() }).toEqual({
      status: 200,
      body: expect.stringContaining('loaded'),
    });
  };

  /** Begins a switch that stays in the phase. */
  const stay: Readonly<Record<Phase, () => Promise<void>>> = {
    loading: async () => {
      await load(TINY);
      laneway.hold(isProcess ? 'GET /health' : 'POST /models/load');
      later(laneway.switchTo(SMOL));
    },
    draining: async () => {
      await load(SMOL);
      later(laneway.chat({ model: SMOL, stream: true, max_tokens: 400, ignore_eos: true }));
      await until(async () => (await inFlight(laneway)) > 0);
      later(laneway.switchTo(TINY));
    },
    unloading: async () => {
      await load(SMOL);
      signal(await laneway.servers(), 'SIGSTOP');
      later(verb(SMOL, 'unload'));
    },
    settling: async () => {
      await load(SMOL);
      await laneway.end();
      rememberHuge(laneway.gateway.folder);
      isHuge = true;
      // For the one model, but not for both.
      laneway.configure({ models: windowOf(SMOL, window), pool: { budget_gb: HUGE_GB + 0.001 } });
      await laneway.restart();
      await load(TINY);
      later(laneway.switchTo(SMOL));
    },
    probing: async () => {
      await load(TINY);
      // The driver of one process reads its properties once before.
      laneway.hold(isProcess ? 'GET /props' : 'GET /props?model=smol', isProcess ? 1 : 0);
      later(laneway.switchTo(SMOL));
    },
  };

  const reach = async (phase: Phase): Promise<void> => {
    await stay[phase]();
    await until(async () => (await stateOf(laneway)) === phase, BACK_MS);
  };

  /** What has kept the switch in its phase is over. */
  const goOn = async (): Promise<void> => {
    laneway.hold(null);
    if (isHuge) laneway.configure({ models: windowOf(SMOL, (window -= 1)) });
    isHuge = false;
    signal(await laneway.engines(), 'SIGCONT');
  };

  /** The router, if there is one, and the server of one model. */
  const noneIsLeft = async (): Promise<void> => {
    await until(async () => (await laneway.servers()).length <= 2);
    expect((await laneway.routers()).length).toBeLessThanOrEqual(isProcess ? 0 : 2);
  };

  beforeAll(async () => {
    laneway = await startEngineGateway(setup, { holds: true });
  }, 60_000);
  afterAll(() => laneway.stop());
  afterEach(async () => {
    await goOn();
    await Promise.all(pending);
    pending = [];
  });

  test.runIf(ALL || setup === 'own router').each(PHASES)(
    `of the gateway while %s: a new one serves, and nothing of the earlier run is left${setup === 'own router' ? '' : why}`,
    { timeout: 60_000 },
    async (phase) => {
      await reach(phase);
      signal([laneway.gateway.pid], 'SIGKILL');
      await laneway.gateway.exit;
      await goOn();
      const began = performance.now();
      await laneway.restart();
      await servesAgain(laneway, SMOL);
      await servesAgain(laneway, TINY);
      expect(performance.now() - began).toBeLessThan(BACK_MS);
      await noneIsLeft();
    },
  );

  // While memory settles, no model is in memory.
  test.runIf(ALL).each(PHASES.filter((phase) => phase !== 'settling' && phase !== 'loading'))(
    `of the server of a model while %s: both models serve again${why}`,
    { timeout: 60_000 },
    async (phase) => {
      await reach(phase);
      signal(await laneway.servers(), 'SIGKILL');
      await goOn();
      await servesAgain(laneway, SMOL);
      await servesAgain(laneway, TINY);
      await noneIsLeft();
    },
  );

  test.runIf(setup === 'router of somebody else' || (ALL && !isProcess)).each(PHASES)(
    `of the router while %s: both models serve again once it is back${setup === 'own router' ? why : ''}`,
    { timeout: 60_000 },
    async (phase) => {
      await reach(phase);
      signal(await laneway.routers(), 'SIGKILL');
      await goOn();
      await laneway.startRouter();
      await servesAgain(laneway, SMOL);
      await servesAgain(laneway, TINY);
      await noneIsLeft();
    },
  );
});

interface PoolFacts {
  readonly budget_bytes: number | null;
  readonly resident: readonly { readonly in_flight: number }[];
}

async function poolOf(laneway: EngineGateway): Promise<PoolFacts | undefined> {
  return (await laneway.get<{ pools: PoolFacts[] }>('/api/pools')).pools[0];
}

async function inFlight(laneway: EngineGateway): Promise<number> {
  return Math.max(0, ...((await poolOf(laneway))?.resident ?? []).map(({ in_flight }) => in_flight));
}

function windowOf(model: string, context: number): Readonly<Record<string, object>> {
  return { [model]: { context } };
}

/** What the second model has been measured to take becomes huge, in the state of a gateway that does not run. */
function rememberHuge(folder: string): void {
  const state = new Database(join(folder, 'data', 'laneway.db'));
  const { changes } = state
    .prepare('UPDATE engine_footprints SET bytes = ? WHERE target = ?')
    .run(HUGE_GB * 10 ** 9, SMOL);
  state.close();
  expect(changes).toBeGreaterThan(0);
}
