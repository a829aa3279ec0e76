/** Which timer of a request ran out. */
export type DeadlineKind = 'connect' | 'first_token' | 'idle' | 'client_stalled' | 'total';

/**
 * The timers of one attempt on a single system timer. Moving a deadline later costs nothing: the timer fires at
 * its old time, sees that it is early, and sleeps on.
 */
export class Deadline {
  readonly #now: () => number;
  readonly #onExpired: (kind: DeadlineKind) => void;
  /** Monotonic ms after which the whole request is over. */
  readonly #totalAt: number;
  #kind: DeadlineKind = 'total';
  #dueAt = Infinity;
  #firesAt = Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number, totalAt: number, onExpired: (kind: DeadlineKind) => void) {
    this.#now = now;
    this.#totalAt = totalAt;
    this.#onExpired = onExpired;
  }

  /** Allows `ms` from now for what comes next; the total deadline holds beside it. */
  allow(kind: DeadlineKind, ms: number): void {
    this.#kind = kind;
    this.#dueAt = this.#now() + ms;
    this.#schedule();
  }

  /** Only the total deadline counts: a unary reply sends its headers after the whole generation. */
  onlyTotal(): void {
    this.#dueAt = Infinity;
    this.#schedule();
  }

  /** Stops all timers. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#firesAt = Infinity;
    this.#dueAt = Infinity;
  }

  #schedule(): void {
    const next = Math.min(this.#dueAt, this.#totalAt);
    if (this.#timer !== undefined && this.#firesAt <= next) return;
    clearTimeout(this.#timer);
    this.#firesAt = next;
    this.#timer = setTimeout(
      () => {
        this.#fired();
      },
      Math.max(0, Math.ceil(next - this.#now())),
    );
  }

  #fired(): void {
    this.#timer = undefined;
    this.#firesAt = Infinity;
    const now = this.#now();
    if (now >= this.#totalAt) this.#onExpired('total');
    else if (now >= this.#dueAt) this.#onExpired(this.#kind);
    else this.#schedule();
  }
}
