import {
  MEMORY_BYTES,
  OTHER_BYTES,
  type SimLane,
  type SimModel,
  type SimRequest,
  type SimSession,
} from './traffic.ts';

/** Tells a policy what happens. Times in ms since midnight. */
export interface Policy {
  arrived(request: SimRequest, now: number): void;
  ended(request: SimRequest, now: number): void;
  /** Resolves once it has done all that needs no time. Absent: it does that at once. */
  settle?(): Promise<void>;
  /** The day is over. */
  close?(): void;
}

/** What a policy's day was like. */
export interface DayFigures {
  readonly requests: number;
  /** Loads for which another model was unloaded. */
  readonly swaps: number;
  readonly loads: number;
  /** The most that was ever in use beyond what may be, bytes. */
  readonly overcommitBytes: number;
  /** Served here or in the cloud only after so long that nobody would have waited, or not at all. */
  readonly starved: number;
  readonly failed: number;
  readonly p50WaitMs: number;
  readonly p95WaitMs: number;
  readonly longestWaitMs: number;
  readonly cloudRequests: number;
  readonly cloudUsd: number;
}

interface Planned {
  readonly at: number;
  readonly order: number;
  run: () => void;
  /** Traffic and engines: while there is such an event, or a request without an answer, the day goes on. */
  readonly isWork: boolean;
}

/** What models may take: a tenth of the memory is reserved. */
export const LIMIT_BYTES = MEMORY_BYTES * 0.9;
/** Memory is given back some time after an unload has been answered. */
const RELEASE_MS = 1_500;
const UNLOAD_MS = 400;
/** A background job may wait for half an hour; anything else that waits for five minutes is starved. */
const STARVED_MS = 300_000;
const STARVED_BACKGROUND_MS = 1_800_000;
/** Requests that have no answer by then never get one. */
const LONGEST_RUN_MS = 3 * 86_400_000;

/** The simulated machine: a clock that jumps from event to event, memory, and engines that load and serve. */
export class Machine {
  now = 0;
  readonly #events: Planned[] = [];
  #order = 0;
  /** Planned events that are work. */
  #work = 0;
  /** Memory in use by model. */
  readonly #held = new Map<string, number>();
  /** When each slot of a model is free. */
  readonly #slots = new Map<string, number[]>();
  #peakBytes = 0;
  #loads = 0;
  #swaps = 0;
  #unloadedSince = 0;
  readonly #waits: { readonly ms: number; readonly background: boolean }[] = [];
  /** When each request that has no answer yet came. */
  readonly #open = new Map<SimRequest, number>();
  #requests = 0;
  #policy: Policy | null = null;
  #failed = 0;
  #cloudRequests = 0;
  #cloudUsd = 0;

  /** Memory in use, bytes. */
  get usedBytes(): number {
    let used = OTHER_BYTES;
    for (const bytes of this.#held.values()) used += bytes;
    return used;
  }

  at(time: number, run: () => void): void {
    this.#work += 1;
    this.#plan(time, run, true);
  }

  /** Like `at` for what does not keep the day going; returns how to prevent it. */
  timer(time: number, run: () => void): () => void {
    const planned = this.#plan(time, run, false);
    return () => {
      planned.run = () => undefined;
    };
  }

  #plan(time: number, run: () => void, isWork: boolean): Planned {
    this.#order += 1;
    const planned = { at: Math.max(this.now, time), order: this.#order, run, isWork };
    push(this.#events, planned);
    return planned;
  }

  /** Runs the sessions until nothing happens any more. */
  async run(sessions: readonly SimSession[], policy: Policy): Promise<void> {
    this.#policy = policy;
    for (const { at, first } of sessions) this.#comes(first, at);
    while ((this.#work > 0 || this.#open.size > 0) && this.now < LONGEST_RUN_MS) {
      const next = pop(this.#events);
      if (next === undefined) break;
      this.now = next.at;
      if (next.isWork) this.#work -= 1;
      next.run();
      if (policy.settle !== undefined) await policy.settle();
    }
    policy.close?.();
  }

  load(model: SimModel, done: () => void): void {
    this.#loads += 1;
    if (this.#unloadedSince > 0) this.#swaps += 1;
    this.#unloadedSince = 0;
    this.#held.set(model.target, model.bytes);
    this.#peakBytes = Math.max(this.#peakBytes, this.usedBytes);
    this.#slots.set(model.target, new Array<number>(model.slots).fill(0));
    this.at(this.now + model.loadMs, done);
  }

  /** `released` is called once the memory has been given back, which is after the unload was answered (`done`). */
  unload(model: SimModel, done: () => void, released: () => void = () => undefined): void {
    this.#unloadedSince += 1;
    this.at(this.now + UNLOAD_MS, done);
    this.at(this.now + UNLOAD_MS + RELEASE_MS, () => {
      this.#held.delete(model.target);
      released();
    });
  }

  #comes(request: SimRequest, at: number): void {
    this.at(at, () => {
      this.#requests += 1;
      this.#open.set(request, this.now);
      this.#policy?.arrived(request, this.now);
    });
  }

  #answered({ next, pauseMs }: SimRequest): void {
    if (next !== null) this.#comes(next, this.now + pauseMs);
  }

  /** Serves a request on a loaded model: at once, or as soon as it has a free slot. */
  serve(request: SimRequest): void {
    const slots = this.#slots.get(request.lane.model.target) ?? [];
    const first = slots.indexOf(Math.min(...slots));
    const from = Math.max(this.now, slots[first] ?? this.now);
    slots[first] = from + request.serviceMs;
    this.#note(request, from);
    this.at(from + request.serviceMs, () => {
      this.#policy?.ended(request, this.now);
      this.#answered(request);
    });
  }

  /** The request does not get the local model: it goes to the cloud, or fails. */
  elsewhere(request: SimRequest): void {
    this.#note(request, this.now);
    if (request.lane.cloudUsd === null) this.#failed += 1;
    else {
      this.#cloudRequests += 1;
      this.#cloudUsd += request.lane.cloudUsd;
    }
    this.at(this.now + request.serviceMs, () => {
      this.#answered(request);
    });
  }

  figures(): DayFigures {
    const waits = this.#waits.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (share: number): number => waits[Math.floor(share * (waits.length - 1))] ?? 0;
    const late = this.#waits.filter(
      ({ ms, background }) => ms > (background ? STARVED_BACKGROUND_MS : STARVED_MS),
    );
    return {
      requests: this.#requests,
      swaps: this.#swaps,
      loads: this.#loads,
      overcommitBytes: Math.max(0, this.#peakBytes - LIMIT_BYTES),
      starved: late.length + this.#open.size,
      failed: this.#failed,
      p50WaitMs: at(0.5),
      p95WaitMs: at(0.95),
      longestWaitMs: at(1),
      cloudRequests: this.#cloudRequests,
      cloudUsd: this.#cloudUsd,
    };
  }

  #note(request: SimRequest, from: number): void {
    const ms = from - (this.#open.get(request) ?? from);
    this.#open.delete(request);
    this.#waits.push({ ms, background: request.lane.background });
  }
}

/** Runs a day's sessions with a policy. */
export async function runDay(
  sessions: readonly SimSession[],
  lanes: readonly SimLane[],
  make: (machine: Machine, lanes: readonly SimLane[]) => Policy,
): Promise<DayFigures> {
  const machine = new Machine();
  await machine.run(sessions, make(machine, lanes));
  return machine.figures();
}

const isBefore = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap, the earliest first. */
function push(heap: Planned[], planned: Planned): void {
  let index = heap.push(planned) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, planned)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = planned;
}

function pop(heap: Planned[]): Planned | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    const [left, right] = [heap[child], heap[child + 1]];
    if (left === undefined) break;
    if (right !== undefined && isBefore(right, left)) child += 1;
    const below = heap[child];
    if (below === undefined || isBefore(last, below)) break;
    heap[index] = below;
    index = child;
  }
  heap[index] = last;
  return first;
}
