/** Which deadline of a request expired. */
export type DeadlineKind = 'connect' | 'first_token' | 'idle' | 'error_body' | 'client_stalled' | 'total';

/** Deadlines are in the order of seconds, so a delay of this many milliseconds does not matter. */
const CHECK_EVERY_MS = 50;

/** Notified when a deadline expires. */
export interface DeadlineListener {
  expired(kind: DeadlineKind): void;
}

/** Checks the deadlines of all running attempts with one timer per process: an attempt sets none. */
export class DeadlineWatch {
  readonly now: () => number;
  readonly #armed: Deadline[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `now` gives monotonic milliseconds. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** Returns the index of the deadline, for `remove`. */
  add(deadline: Deadline): number {
    this.#timer ??= setInterval(() => {
      this.#checkAll();
    }, CHECK_EVERY_MS);
    return this.#armed.push(deadline) - 1;
  }

  remove(place: number): void {
    const last = this.#armed.pop();
    if (last === undefined || place === this.#armed.length) return;
    this.#armed[place] = last;
    last.place = place;
  }

  #checkAll(): void {
    const now = this.now();
    // Backwards: an expired one is replaced by the last one, which has been checked already.
    for (let index = this.#armed.length - 1; index >= 0; index -= 1) this.#armed[index]?.check(now);
    if (this.#armed.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** The deadlines of one attempt; changing one is a single assignment. */
export class Deadline {
  /** Index in the watch, which owns it; -1: not watched. */
  place = -1;
  readonly #watch: DeadlineWatch;
  readonly #listener: DeadlineListener;
  /** Monotonic ms of the total deadline. */
  readonly #totalAt: number;
  #kind: DeadlineKind = 'total';
  #dueAt = Infinity;

  constructor(watch: DeadlineWatch, totalAt: number, listener: DeadlineListener) {
    this.#watch = watch;
    this.#totalAt = totalAt;
    this.#listener = listener;
    this.place = watch.add(this);
  }

  /** Allows `ms` from now for what comes next; the total deadline still applies. */
  allow(kind: DeadlineKind, ms: number): void {
    this.#kind = kind;
    this.#dueAt = this.#watch.now() + ms;
  }

  /** Only the total deadline applies: a unary reply sends its headers after the whole generation. */
  onlyTotal(): void {
    this.#dueAt = Infinity;
  }

  /** Stops watching this attempt. */
  clear(): void {
    if (this.place >= 0) this.#watch.remove(this.place);
    this.place = -1;
  }

  /** Reports to the listener if a deadline has expired; called by the watch. */
  check(now: number): void {
    if (now >= this.#totalAt) this.#listener.expired('total');
    else if (now >= this.#dueAt) this.#listener.expired(this.#kind);
  }
}
