import { Footprints } from '../../src/engines/memory/footprints.ts';
import { Pool } from '../../src/engines/pool/pool.ts';
import type { PoolPorts, RegisteredEngine } from '../../src/engines/pool/pool-ports.ts';
import { POOL_DEFAULTS, type PoolModel } from '../../src/engines/pool/settings.ts';
import type { MachineReading } from '../../src/engines/sensors/machine.ts';
import type { Lease, LeaseAnswer } from '../../src/protocol/lease.ts';
import { FakeEngine, modelIdOf, providerOf } from './fake-engine.ts';
import { FixtureFiles } from './fixture-files.ts';
import type { Machine, Policy } from './machine.ts';
import type { SimLane, SimModel, SimRequest } from './traffic.ts';
import { Leases } from '../../src/engines/pool/requests/leases.ts';

/** How a day with Laneway differs from the shipped settings. */
export interface LanewayDay {
  /** No lane may use the cloud, so that every request waits for its model. */
  readonly withoutCloud?: boolean;
  /** The lane with `"burst": true`. */
  readonly burstLane?: string;
  /** The lane whose model is pinned. */
  readonly pinnedLane?: string;
  /** Above the soft limit from 14:00 to 14:30, and above the hard one for two minutes of these. */
  readonly heat?: boolean;
  /** `max_wait_s` in ms. */
  readonly maxWaitMs?: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const LIMITS = { softC: 85, hardC: 95 };

/** A pool with the shipped settings, its timers and sensors, on the simulated machine. */
export class LanewayPolicy implements Policy {
  readonly #machine: Machine;
  readonly #day: LanewayDay;
  readonly #pool: Pool;
  readonly #files = new FixtureFiles();
  readonly #leases = new Map<SimRequest, Lease>();
  #reads = 0;

  constructor(machine: Machine, lanes: readonly SimLane[], day: LanewayDay = {}) {
    this.#machine = machine;
    this.#day = day;
    const { maxWaitMs = POOL_DEFAULTS.maxWaitMs, heat = false } = day;
    const settings = { ...POOL_DEFAULTS, ...(heat ? LIMITS : {}), maxWaitMs };
    const models = lanes.map(({ model }) => model);
    this.#pool = new Pool('sim', settings, this.#ports(lanes));
    const providers = [...new Set(models.map(providerOf))];
    const engines = providers.map((provider): RegisteredEngine => {
      const driver = new FakeEngine(
        machine,
        models.filter((model) => providerOf(model) === provider),
      );
      return { provider, type: 'llamacpp', version: null, driver, ...ENGINE };
    });
    const pinned = lanes.find(({ name }) => name === day.pinnedLane)?.model;
    this.#pool.configure(
      settings,
      engines,
      models.map((model) => poolModel(model, model === pinned)),
    );
  }

  arrived(request: SimRequest, now: number): void {
    const { lane } = request;
    const withoutCloud = this.#day.withoutCloud === true;
    const answer = this.#pool.acquire(
      lane.model.target,
      { name: lane.name, burst: lane.name === this.#day.burstLane },
      {
        background: lane.background,
        deadline: withoutCloud ? Infinity : now + lane.patienceMs,
        wait: lane.waits || withoutCloud,
        demand: 'idle',
      },
    );
    if (!(answer instanceof Promise)) this.#answered(request, answer);
    else
      void answer.then((late) => {
        this.#answered(request, late);
      });
  }

  ended(request: SimRequest): void {
    this.#leases.get(request)?.release();
    this.#leases.delete(request);
  }

  /** Lets everything happen that takes no simulated time. */
  async settle(): Promise<void> {
    do await new Promise((done) => setImmediate(done));
    while (this.#reads > 0);
  }

  close(): void {
    this.#pool.close();
    this.#files.remove();
  }

  #answered(request: SimRequest, answer: LeaseAnswer): void {
    if (answer.kind !== 'lease') {
      this.#machine.elsewhere(request);
      return;
    }
    this.#leases.set(request, answer.lease);
    this.#machine.serve(request);
  }

  #ports(lanes: readonly SimLane[]): PoolPorts {
    const machine = this.#machine;
    const bytes = new Map(lanes.map(({ model }) => [model.target, model.bytes]));
    let ids = 0;
    return {
      clock: { now: () => machine.now, wall: () => machine.now },
      later: (run, ms) => machine.timer(machine.now + ms, run),
      readMachine: () => this.#read(),
      footprints: new Footprints([], (target) => bytes.get(target) ?? null),
      store: { put: async () => undefined },
      saveBurst: async () => undefined,
      burst: null,
      leases: new Leases(),
      newId: () => `sw_${(ids += 1)}`,
      probe: null,
      onSwitch: () => undefined,
      onPool: () => undefined,
      log: { info: () => undefined, warn: () => undefined },
    };
  }

  async #read(): Promise<MachineReading> {
    this.#reads += 1;
    const reading = await this.#files.read(this.#machine.usedBytes, this.#temperatureC());
    this.#reads -= 1;
    return reading;
  }

  #temperatureC(): number {
    if (this.#day.heat !== true) return 60;
    const minutes = (this.#machine.now - 14 * HOUR_MS) / MINUTE_MS;
    if (minutes >= 10 && minutes < 12) return LIMITS.hardC + 1;
    return minutes >= 0 && minutes < 30 ? LIMITS.softC + 1 : 60;
  }
}

const ENGINE = {
  canLoad: true,
  canUnload: true,
  holdsOne: false,
  quantizesCache: false,
  startedHere: true,
  stallMs: 120_000,
  stopMs: 10_000,
  idleUnloadMs: null,
};

function poolModel(model: SimModel, pinned: boolean): PoolModel {
  return {
    target: model.target,
    provider: providerOf(model),
    modelId: modelIdOf(model),
    contextLength: null,
    largestContext: null,
    pinned,
  };
}

/** Maker of the policy. */
export const lanewayOn =
  (day: LanewayDay) =>
  (machine: Machine, lanes: readonly SimLane[]): Policy =>
    new LanewayPolicy(machine, lanes, day);

/** A lane claims the pool, the model of the lane that has nothing else is pinned, and half an hour is hot. */
export const BURST_AND_HEAT: LanewayDay = {
  burstLane: 'super_reader',
  pinnedLane: 'governance',
  heat: true,
};
