/** Which timer of a request ran out. */
export type DeadlineKind = 'connect' | 'first_token' | 'idle' | 'client_stalled' | 'total';

/** Deadlines are seconds; being late by this much is not noticed. */
const LOOK_EVERY_MS = 50;

/** Hears that a deadline ran out. */
export interface DeadlineListener {
  expired(kind: DeadlineKind): void;
}

/**
 * Looks at the deadlines of all running attempts with one timer for the process: a request sets and clears none of
 * its own.
 */
export class DeadlineWatch {
  readonly now: () => number;
  readonly #armed: Deadline[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `now` gives monotonic milliseconds. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** Gives the deadline's place, which `remove` wants back. */
  add(deadline: Deadline): number {
    this.#timer ??= setInterval(() => {
      this.#look();
    }, LOOK_EVERY_MS);
    return this.#armed.push(deadline) - 1;
  }

  remove(place: number): void {
    const last = this.#armed.pop();
    if (last === undefined || place === this.#armed.length) return;
    this.#armed[place] = last;
    last.place = place;
  }

  #look(): void {
    const now = this.now();
    // Backwards: one that expires leaves, and the last one, already looked at, takes its place.
    for (let index = this.#armed.length - 1; index >= 0; index -= 1) this.#armed[index]?.look(now);
    if (this.#armed.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** The timers of one attempt; moving them costs no more than noting a number. */
export class Deadline {
  /** Where it stands in the watch; -1: nowhere. The watch's. */
  place = -1;
  readonly #watch: DeadlineWatch;
  readonly #listener: DeadlineListener;
  /** Monotonic ms after which the whole request is over. */
  readonly #totalAt: number;
  #kind: DeadlineKind = 'total';
  #dueAt = Infinity;

  constructor(watch: DeadlineWatch, totalAt: number, listener: DeadlineListener) {
    this.#watch = watch;
    this.#totalAt = totalAt;
    this.#listener = listener;
    this.place = watch.add(this);
  }

  /** Allows `ms` from now for what comes next; the total deadline holds beside it. */
  allow(kind: DeadlineKind, ms: number): void {
    this.#kind = kind;
    this.#dueAt = this.#watch.now() + ms;
  }

  /** Only the total deadline counts: a unary reply sends its headers after the whole generation. */
  onlyTotal(): void {
    this.#dueAt = Infinity;
  }

  /** Ends the watch over this attempt. */
  clear(): void {
    if (this.place >= 0) this.#watch.remove(this.place);
    this.place = -1;
  }

  /** The watch asks: is it over? */
  look(now: number): void {
    if (now >= this.#totalAt) this.#listener.expired('total');
    else if (now >= this.#dueAt) this.#listener.expired(this.#kind);
  }
}
