import { LIMIT_BYTES, type Machine, type Policy } from './machine.ts';
import { OTHER_BYTES, type SimLane, type SimModel, type SimRequest } from './traffic.ts';

interface Loaded {
  readonly model: SimModel;
  state: 'loading' | 'ready' | 'unloading';
  inFlight: number;
  lastUsedAt: number;
}

/**
 * What both simpler policies have in common: a queue, and models side by side as far as memory allows, so that the
 * comparison is about the order of loading alone. Nothing is unloaded while it serves.
 */
abstract class QueuePolicy implements Policy {
  protected readonly queue: SimRequest[] = [];
  protected readonly loaded = new Map<string, Loaded>();
  protected readonly machine: Machine;
  #switching = false;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  arrived(request: SimRequest): void {
    this.queue.push(request);
    this.next();
  }

  ended(request: SimRequest, now: number): void {
    const loaded = this.loaded.get(request.lane.model.target);
    if (loaded !== undefined) {
      loaded.inFlight -= 1;
      loaded.lastUsedAt = now;
    }
    this.next();
  }

  /** Begins what may begin. */
  protected abstract next(): void;

  protected readyFor(request: SimRequest): Loaded | null {
    const loaded = this.loaded.get(request.lane.model.target);
    return loaded?.state === 'ready' ? loaded : null;
  }

  protected begin(request: SimRequest, loaded: Loaded): void {
    loaded.inFlight += 1;
    loaded.lastUsedAt = this.machine.now;
    this.machine.serve(request);
  }

  /** Loads a model if the idle ones that it does not fit beside can go, the longest idle first. One at a time. */
  protected load(model: SimModel): void {
    if (this.#switching || this.loaded.has(model.target)) return;
    const idle = [...this.loaded.values()]
      .filter(({ state, inFlight }) => state === 'ready' && inFlight === 0)
      .sort((a, b) => a.lastUsedAt - b.lastUsedAt);
    let free =
      LIMIT_BYTES - OTHER_BYTES - [...this.loaded.values()].reduce((sum, each) => sum + each.model.bytes, 0);
    const evict: Loaded[] = [];
    for (const each of idle) {
      if (free >= model.bytes) break;
      evict.push(each);
      free += each.model.bytes;
    }
    if (free < model.bytes) return;
    this.#switching = true;
    this.#evict(evict, () => {
      const loaded: Loaded = { model, state: 'loading', inFlight: 0, lastUsedAt: this.machine.now };
      this.loaded.set(model.target, loaded);
      this.machine.load(model, () => {
        loaded.state = 'ready';
        this.#switching = false;
        this.next();
      });
    });
  }

  #evict([first, ...rest]: readonly Loaded[], then: () => void): void {
    if (first === undefined) {
      then();
      return;
    }
    first.state = 'unloading';
    this.machine.unload(
      first.model,
      () => undefined,
      () => {
        this.loaded.delete(first.model.target);
        this.#evict(rest, then);
      },
    );
  }
}

/** First come, first served: nobody begins before those that came earlier have begun. */
export class FirstCome extends QueuePolicy {
  protected next(): void {
    for (;;) {
      const [request] = this.queue;
      if (request === undefined) return;
      const ready = this.readyFor(request);
      if (ready === null) {
        this.load(request.lane.model);
        return;
      }
      this.queue.shift();
      this.begin(request, ready);
    }
  }
}

/**
 * llama-swap's scheduler: whoever finds the model loaded begins at once, so that a queue ABCABC is served as AABBCC; the
 * oldest of the others is loaded next, foreground first, as soon as what has to go for it is idle. Without a bound.
 */
export class LlamaSwap extends QueuePolicy {
  protected next(): void {
    for (let index = 0; index < this.queue.length;) {
      const request = this.queue[index];
      const ready = request === undefined ? null : this.readyFor(request);
      if (request === undefined || ready === null) index += 1;
      else {
        this.queue.splice(index, 1);
        this.begin(request, ready);
      }
    }
    const first = this.queue.find(({ lane }) => !lane.background) ?? this.queue[0];
    if (first !== undefined) this.load(first.lane.model);
  }
}

/** Makers of the policies. */
export const firstCome = (machine: Machine, _lanes: readonly SimLane[]): Policy => new FirstCome(machine);
/** llama-swap's. */
export const llamaSwap = (machine: Machine, _lanes: readonly SimLane[]): Policy => new LlamaSwap(machine);
