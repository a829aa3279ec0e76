import type { EngineModelState } from '../../protocol/engine.ts';
import type { LeaseWait } from '../../protocol/lease.ts';
import type { LoadState, ModelResidency } from '../../routing/residency.ts';
import type { Clock } from '../../util/clock.ts';
import type { PoolCore } from './core.ts';
import { misfitOf, misfitRefusal } from './misfit.ts';
import { delayText } from './delay-text.ts';
import type { OtherSwitch } from './operator-call.ts';
import { expectedLoadMs } from './requests/requests.ts';
import { operatorRoom } from './schedule/operator-room.ts';

/** What a pool says of one of its models to plans. */
export type PoolModelResidency = Omit<ModelResidency, 'waits'>;

/** Which models of a pool are in memory, and what loads take: the same map until something in it changes. */
export class PoolResidency {
  readonly #core: PoolCore;
  readonly #clock: Pick<Clock, 'now'>;
  #map: ReadonlyMap<string, PoolModelResidency> = new Map<string, PoolModelResidency>();
  #mayDiffer = true;

  constructor(core: PoolCore, clock: Pick<Clock, 'now'>) {
    this.#core = core;
    this.#clock = clock;
  }

  /** To be called after every event of the pool. Cheap: what has changed is found by the next reader. */
  touch(): void {
    this.#mayDiffer = true;
  }

  /** By full model id. */
  read(): ReadonlyMap<string, PoolModelResidency> {
    if (!this.#mayDiffer) return this.#map;
    this.#mayDiffer = false;
    if (this.#differs()) this.#map = this.#build();
    return this.#map;
  }

  /** What happens to a model of the pool that is not in memory. */
  loadState(target: string): LoadState {
    const { table, runner } = this.#core;
    const record = table.records.get(target);
    const waiting = record?.waiters.size ?? 0;
    if (record === undefined || runner.current?.target !== target) {
      const leaving = record?.state === 'loaded' && runner.isClosing(target);
      return { leaving, waiting, progress: null, remainingMs: null };
    }
    // A guess from the size is no measure of what is left, nor is a time that has passed already.
    const expectedMs = table.loadMs(target);
    const left = expectedMs === null ? null : runner.remainingMs(target, expectedMs, this.#clock.now());
    const remainingMs = left === 0 ? null : left;
    return { leaving: false, waiting, progress: runner.progress, remainingMs };
  }

  /** What a request that waits for a model of the pool waits for now; one that does not wait yet, what it would. */
  wait(target: string): LeaseWait {
    const { table, runner, settings } = this.#core;
    const record = table.records.get(target);
    if (record === undefined) return { progress: null, delay: null, isQueueFull: false };
    return {
      progress: runner.current?.target === target ? runner.progress : null,
      delay: delayText(this.#core, record, this.#clock.now(), true),
      isQueueFull: record.waiters.size >= settings.queueMax,
    };
  }

  /** The switch that runs, for a caller that cannot have another one meanwhile. */
  running(): OtherSwitch {
    const { id = null, target = null, evict = [], gone = [] } = this.#core.runner.current ?? {};
    const remainingMs = target === null ? null : this.loadState(target).remainingMs;
    return { switchId: id, target, unloads: [...gone, ...evict], remainingMs };
  }

  /** Why an operator's load of this model would be refused for lack of room; null: it would not. */
  misfit(target: string): string | null {
    const { table, runner, settings } = this.#core;
    const record = table.records.get(target);
    if (record === undefined || record.state === 'loaded') return null;
    // What a running switch holds now says nothing of later.
    if (runner.current !== null)
      return runner.current.target === target ? null : (misfitOf(this.#core, record)?.message ?? null);
    return operatorRoom(table, settings, record, this.#clock.now()) === null
      ? misfitRefusal(this.#core, record).message
      : null;
  }

  #differs(): boolean {
    const { table } = this.#core;
    if (table.records.size !== this.#map.size) return true;
    for (const [target, { state }] of table.records) {
      const known = this.#map.get(target);
      if (known?.resident !== this.#isResident(target, state)) return true;
      const measured = table.loadMs(target);
      if (measured !== null && measured !== known.loadMs) return true;
    }
    return false;
  }

  #build(): ReadonlyMap<string, PoolModelResidency> {
    const { table } = this.#core;
    const map = new Map<string, PoolModelResidency>();
    for (const [target, record] of table.records) {
      const loadMs = expectedLoadMs(table, record);
      const engine = table.engineOf(record);
      const startsServer = engine?.holdsOne === true || engine?.startedHere === true;
      map.set(target, { resident: this.#isResident(target, record.state), loadMs, startsServer });
    }
    return map;
  }

  /** One that is about to be unloaded takes no requests. */
  #isResident(target: string, state: EngineModelState): boolean {
    return state === 'loaded' && !this.#core.runner.isClosing(target);
  }
}
