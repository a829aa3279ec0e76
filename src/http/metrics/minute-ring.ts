const MINUTES = 30;
const MINUTE_MS = 60_000;

/** Classes of durations in each doubling: a percentile is off by at most 4.5 %. */
const PER_DOUBLING = 8;
/** From 1 ms to 70 minutes; the first and the last class also hold what is below and above. */
const CLASSES = 22 * PER_DOUBLING;

/** Requests that ended within one minute. */
export interface MinuteCounts {
  /** Start of the minute, in milliseconds since 1970. */
  readonly atMs: number;
  readonly requests: number;
  readonly errors: number;
}

/** Requests of the last 30 minutes; times are milliseconds of whole requests. */
export interface RecentStats {
  readonly requests: number;
  readonly errors: number;
  /** null: none has settled; likewise below. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** Oldest first, without minutes that had no request. */
  readonly minutes: readonly MinuteCounts[];
}

/**
 * Counts and durations of the last 30 minutes: one slot for each minute, with a histogram. A slot is replaced when its
 * next minute begins, so that no timer is needed.
 */
export class MinuteRing {
  /** By minute since 1970, modulo MINUTES. */
  readonly #slots: (Slot | undefined)[] = new Array<Slot | undefined>(MINUTES).fill(undefined);

  /** Adds a request; `endedMs` is since 1970. `settledMs`: its duration if that counts, else null. */
  add(endedMs: number, isError: boolean, settledMs: number | null): void {
    const minute = Math.floor(endedMs / MINUTE_MS);
    let slot = this.#slots[minute % MINUTES];
    if (slot?.minute !== minute) this.#slots[minute % MINUTES] = slot = new Slot(minute);
    slot.requests += 1;
    if (isError) slot.errors += 1;
    if (settledMs !== null) slot.durations.add(settledMs);
  }

  /** The 30 minutes up to and including the one of `wall` (milliseconds since 1970). */
  read(wall: number): RecentStats {
    const newest = Math.floor(wall / MINUTE_MS);
    // A clock that was set back leaves later minutes in the ring.
    const slots = this.#slots
      .filter((slot) => slot !== undefined)
      .filter(({ minute }) => minute > newest - MINUTES && minute <= newest)
      .sort((a, b) => a.minute - b.minute);
    const durations = new Durations();
    for (const slot of slots) durations.merge(slot.durations);
    return {
      requests: slots.reduce((sum, { requests }) => sum + requests, 0),
      errors: slots.reduce((sum, { errors }) => sum + errors, 0),
      p50Ms: durations.percentile(50),
      p95Ms: durations.percentile(95),
      minutes: slots.map(({ minute, requests, errors }) => ({ atMs: minute * MINUTE_MS, requests, errors })),
    };
  }
}

/** What ended in one minute. */
class Slot {
  readonly minute: number;
  requests = 0;
  errors = 0;
  readonly durations = new Durations();

  constructor(minute: number) {
    this.minute = minute;
  }
}

/** A histogram of durations. */
class Durations {
  readonly #counts = new Uint32Array(CLASSES);
  /** The bounds of what was added: percentiles of few durations are exact by them. */
  #shortest = Infinity;
  #longest = 0;

  add(ms: number): void {
    const index = ms < 1 ? 0 : Math.min(CLASSES - 1, Math.floor(Math.log2(ms) * PER_DOUBLING));
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    if (ms < this.#shortest) this.#shortest = ms;
    if (ms > this.#longest) this.#longest = ms;
  }

  merge(other: Durations): void {
    for (const [index, count] of other.#counts.entries())
      this.#counts[index] = (this.#counts[index] ?? 0) + count;
    this.#shortest = Math.min(this.#shortest, other.#shortest);
    this.#longest = Math.max(this.#longest, other.#longest);
  }

  /** By nearest rank, as the middle of its class; null without durations. */
  percentile(percent: number): number | null {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return null;
    const rank = Math.ceil((total * percent) / 100);
    let seen = 0;
    const index = this.#counts.findIndex((count) => (seen += count) >= rank);
    const middle = 2 ** ((index + 0.5) / PER_DOUBLING);
    return rounded(Math.min(this.#longest, Math.max(this.#shortest, middle)));
  }
}

/** To whole microseconds, like the durations of traces; programs round when they show it. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
