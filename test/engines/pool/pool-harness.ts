import type { AcquireOptions, Lease, LeaseAnswer } from '../../../src/protocol/lease.ts';
import type { BurstRecord, Footprint } from '../../../src/protocol/engine.ts';
import {
  EngineError,
  type EngineDriver,
  type LoadRequest,
  type ResidentModel,
} from '../../../src/engines/driver.ts';
import { Footprints } from '../../../src/engines/memory/footprints.ts';
import { Pool } from '../../../src/engines/pool/pool.ts';
import type { SwitchNews } from '../../../src/engines/pool/pool-effect.ts';
import { POOL_DEFAULTS, type PoolModel, type PoolSettings } from '../../../src/engines/pool/settings.ts';
import type { MachineReading } from '../../../src/engines/sensors/machine.ts';
import { engineOf, GB, NOTHING_READ } from './core-world.ts';
import { Leases } from '../../../src/engines/pool/requests/leases.ts';

/** A call of the fake engine that a test answers. */
export interface FakeCall {
  readonly verb: 'load' | 'unload';
  readonly modelId: string;
  readonly request: LoadRequest | null;
  readonly progress: (fraction: number | null) => void;
  readonly signal: AbortSignal;
  readonly done: () => void;
  readonly fail: (error: EngineError) => void;
}

/** An engine whose calls wait until a test answers them. */
export class FakeEngine implements EngineDriver {
  readonly name = 'router';
  readonly verbs = ['load', 'unload'] as const;
  state: EngineDriver['state'] = 'running';
  readonly held = new Set<string>();
  /** Models whose server has ended by itself, with the reason. */
  readonly failed = new Map<string, string>();
  calls: FakeCall[] = [];

  async residency(): Promise<readonly ResidentModel[]> {
    return [...this.held].map((modelId) => ({
      modelId,
      state: this.failed.has(modelId) ? ('failed' as const) : ('loaded' as const),
      progress: 1,
      footprintBytes: null,
      contextLength: 8_192,
      error: this.failed.get(modelId) ?? null,
    }));
  }

  async load(request: LoadRequest, progress: (fraction: number | null) => void, signal: AbortSignal) {
    await this.#call('load', request.modelId, request, progress, signal);
    this.held.add(request.modelId);
    return { contextLength: 8_192, footprintBytes: null };
  }

  async unload(modelId: string, signal: AbortSignal): Promise<void> {
    await this.#call('unload', modelId, null, () => undefined, signal);
    this.held.delete(modelId);
  }

  async slots(): Promise<number | null> {
    return 2;
  }

  async close(): Promise<void> {}

  #call(
    verb: FakeCall['verb'],
    modelId: string,
    request: LoadRequest | null,
    progress: FakeCall['progress'],
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.calls.push({ verb, modelId, request, progress, signal, done: resolve, fail: reject });
      signal.addEventListener('abort', () =>
        reject(new EngineError('aborted', `${verb} of ${modelId} was aborted`)),
      );
    });
  }
}

/** A pool of 100 GB with one fake engine, whose time passes when a test says so. */
export class PoolHarness {
  readonly engine = new FakeEngine();
  readonly news: SwitchNews[] = [];
  readonly reports: string[] = [];
  readonly warnings: string[] = [];
  readonly stored: Footprint[] = [];
  readonly saved: (BurstRecord | null)[] = [];
  reading: MachineReading = NOTHING_READ;
  readonly pool: Pool;
  now = 1_000;
  #timer: { readonly at: number; readonly run: () => void } | null = null;

  constructor(
    sizesGb: Readonly<Record<string, number>>,
    settings: Partial<PoolSettings> = {},
    burst: BurstRecord | null = null,
  ) {
    let ids = 0;
    this.pool = new Pool(
      'local',
      { ...POOL_DEFAULTS, ...settings },
      {
        clock: { now: () => this.now, wall: () => Date.UTC(2026, 0, 1) + this.now },
        later: (run, ms) => {
          const timer = { at: this.now + ms, run };
          this.#timer = timer;
          return () => {
            if (this.#timer === timer) this.#timer = null;
          };
        },
        readMachine: async () => this.reading,
        footprints: new Footprints([], (target) => (sizesGb[target] ?? 0) * GB),
        store: { put: async (row) => void this.stored.push(row) },
        saveBurst: async (record) => void this.saved.push(record),
        burst,
        leases: new Leases(),
        newId: () => `sw_${(ids += 1)}`,
        probe: null,
        onSwitch: (news) => this.news.push(news),
        onPool: () => undefined,
        log: {
          info: (message) => this.reports.push(message),
          warn: (message) => this.warnings.push(message),
        },
      },
    );
    const models: PoolModel[] = Object.keys(sizesGb).map((target) => ({
      target,
      provider: 'e',
      modelId: target.slice(2),
      contextLength: null,
      largestContext: 32_768,
      pinned: target.includes('pinned'),
      obstacle: target.includes('odd') ? 'its name has brackets' : null,
    }));
    const chosen = { ...POOL_DEFAULTS, budgetBytes: 100 * GB, reserveBytes: 0, ...settings };
    this.pool.configure(
      chosen,
      [{ ...engineOf('e'), type: 'llamacpp', version: 'b1', driver: this.engine }],
      models,
    );
  }

  async start(): Promise<this> {
    await this.pass(0);
    return this;
  }

  /** Lets time pass, with every timer that is due on the way. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    await flush();
    while (this.#timer !== null && this.#timer.at <= until) {
      const { at, run } = this.#timer;
      this.now = Math.max(this.now, at);
      this.#timer = null;
      run();
      await flush();
    }
    this.now = until;
  }

  acquire(target: string, more: Partial<AcquireOptions> & { lane?: string; burst?: boolean } = {}) {
    const { lane = 'main', burst = false, ...options } = more;
    const deadline = this.now + 120_000;
    return this.pool.acquire(
      target,
      { name: lane, burst },
      { background: false, deadline, wait: true, ...options },
    );
  }

  async lease(target: string, more: Parameters<PoolHarness['acquire']>[1] = {}): Promise<Lease> {
    const waiting = this.acquire(target, more);
    await this.answerAll();
    const admission = await waiting;
    if (admission.kind !== 'lease') throw new Error(JSON.stringify(admission));
    return admission.lease;
  }

  /** Answers every call of the engine with success. */
  async answerAll(): Promise<void> {
    for (;;) {
      await flush();
      const call = this.engine.calls.shift();
      if (call === undefined) return;
      call.done();
    }
  }
}

/** Lets everything happen that needs no time. */
export async function flush(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((done) => setImmediate(done));
}

/** How an admission ended, for comparisons. */
export function endOf(admission: LeaseAnswer): string {
  return admission.kind === 'refused' ? admission.reason : admission.kind;
}
