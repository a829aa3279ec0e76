import { Footprints } from '../../src/engines/memory/footprints.ts';
import { PoolCore } from '../../src/engines/pool/core.ts';
import type { PoolEffect } from '../../src/engines/pool/pool-effect.ts';
import { POOL_DEFAULTS } from '../../src/engines/pool/settings.ts';
import type { Machine, Policy } from './machine.ts';
import { MEMORY_BYTES, type SimLane, type SimModel, type SimRequest } from './traffic.ts';

/** A pool's core on the simulated machine, with measured memory and the shipped settings. */
export class LanewayPolicy implements Policy {
  readonly #machine: Machine;
  readonly #withoutCloud: boolean;
  readonly #core: PoolCore;
  readonly #models: ReadonlyMap<string, SimModel>;
  readonly #waiting = new Map<number, SimRequest>();
  #tickAt: number | null = null;
  #taking = false;

  constructor(machine: Machine, lanes: readonly SimLane[], withoutCloud = false) {
    this.#withoutCloud = withoutCloud;
    this.#machine = machine;
    this.#models = new Map(lanes.map(({ model }) => [model.target, model]));
    const footprints = new Footprints([], (target) => this.#models.get(target)?.bytes ?? null);
    const chosen = POOL_DEFAULTS;
    let ids = 0;
    this.#core = new PoolCore(
      { settings: chosen, footprints, newId: () => `sw_${(ids += 1)}`, burst: null },
      0,
    );
    this.#core.read(this.#reading(), 0);
    this.#core.configure(
      chosen,
      [
        {
          provider: 'sim',
          canLoad: true,
          canUnload: true,
          holdsOne: false,
          quantizesCache: false,
          startedHere: true,
          stallMs: 120_000,
          stopMs: 10_000,
          idleUnloadMs: null,
        },
      ],
      lanes.map(({ model: { target } }) => ({
        target,
        provider: 'sim',
        modelId: target,
        contextLength: null,
        largestContext: null,
        pinned: false,
      })),
      0,
    );
    this.#core.reconcile('sim', [], 0);
    this.#take();
  }

  arrived(request: SimRequest, now: number): void {
    const { lane } = request;
    const answer = this.#core.request(
      {
        target: lane.model.target,
        lane: lane.name,
        background: lane.background,
        burst: false,
        deadline: this.#withoutCloud ? Infinity : now + lane.patienceMs,
        wait: lane.waits || this.#withoutCloud,
        demand: 'idle',
      },
      now,
    );
    if (answer.kind === 'granted') this.#machine.serve(request);
    else if (answer.kind === 'waiting') this.#waiting.set(answer.waiter, request);
    else this.#machine.elsewhere(request);
    this.#take();
  }

  ended(request: SimRequest, now: number): void {
    this.#core.release(request.lane.model.target, null, now);
    this.#take();
  }

  #take(): void {
    if (this.#taking) return;
    this.#taking = true;
    for (let effects = this.#core.take(); effects.length > 0; effects = this.#core.take()) {
      for (const effect of effects) this.#perform(effect);
    }
    this.#taking = false;
    this.#plan();
  }

  #perform(effect: PoolEffect): void {
    const core = this.#core;
    if (effect.type === 'grant' || effect.type === 'refuse') {
      const request = this.#waiting.get(effect.waiter);
      this.#waiting.delete(effect.waiter);
      if (request === undefined) return;
      if (effect.type === 'grant') this.#machine.serve(request);
      else this.#machine.elsewhere(request);
    } else if (effect.type === 'measure') this.#core.read(this.#reading(), this.#machine.now);
    else if (effect.type === 'probe') {
      const { step, target } = effect;
      this.#later(200, () => {
        core.read(this.#reading(), this.#machine.now);
        core.probed(step, this.#models.get(target)?.slots ?? null, this.#machine.now);
      });
    } else if (effect.type === 'load' || effect.type === 'unload') {
      const model = this.#models.get(effect.target);
      const { step, type } = effect;
      if (model === undefined) return;
      if (type === 'load')
        this.#machine.load(model, () => {
          core.loaded(step, { contextLength: null, footprintBytes: null }, this.#machine.now);
          this.#take();
        });
      else
        this.#machine.unload(model, () => {
          core.unloaded(step, this.#machine.now);
          this.#take();
        });
    }
  }

  #later(ms: number, run: () => void): void {
    this.#machine.at(this.#machine.now + ms, () => {
      run();
      this.#take();
    });
  }

  #plan(): void {
    const { now } = this.#machine;
    const next = this.#core.nextAt(now);
    if (next === null || (this.#tickAt !== null && this.#tickAt <= next && this.#tickAt > now)) return;
    this.#tickAt = next;
    this.#machine.at(next, () => {
      if (this.#tickAt !== next) return;
      this.#tickAt = null;
      this.#core.tick(this.#machine.now);
      this.#take();
    });
  }

  #reading(): Parameters<PoolCore['read']>[0] {
    const memory = { totalBytes: MEMORY_BYTES, usedBytes: this.#machine.usedBytes };
    return { memory, source: 'amdgpu', pressure: 0, temperatureC: null, powerW: null };
  }
}

/** The same where no lane may use the cloud, so that every request waits for its model. */
export const lanewayAlone = (machine: Machine, lanes: readonly SimLane[]): Policy =>
  new LanewayPolicy(machine, lanes, true);
/** Maker of the policy, with the shipped settings. */
export const laneway = (machine: Machine, lanes: readonly SimLane[]): Policy =>
  new LanewayPolicy(machine, lanes);
