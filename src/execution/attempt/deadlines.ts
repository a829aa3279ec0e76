import { FIRST_TOKEN_LENGTHS, SILENCE_MS } from '../timeouts.ts';
import { SilenceProbes } from './silence-probes.ts';

/** Which deadline of a request expired; `no_content`: signs of life came for too long without any content. */
export type DeadlineKind =
  'connect' | 'first_token' | 'no_content' | 'idle' | 'error_body' | 'client_stalled' | 'total';

/** Deadlines are in the order of seconds, so a delay of this many milliseconds does not matter. */
const CHECK_EVERY_MS = 50;

/** Notified when a deadline expires. */
export interface DeadlineListener {
  expired(kind: DeadlineKind): void;
  /** A stream has been silent for `SILENCE_MS`; called again after every further `SILENCE_MS` of silence. */
  silent(): void;
}

/** Checks the deadlines of all running attempts with one timer per process: an attempt sets none. */
export class DeadlineWatch {
  readonly now: () => number;
  /** Probes of the servers whose streams are silent. */
  readonly probes: SilenceProbes;
  readonly #armed: Deadline[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `now` gives monotonic milliseconds. */
  constructor(now: () => number) {
    this.now = now;
    this.probes = new SilenceProbes(now);
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

/** The deadlines of one attempt; an event of a stream costs a single assignment. */
export class Deadline {
  /** Index in the watch, which owns it; -1: not watched. */
  place = -1;
  readonly #watch: DeadlineWatch;
  readonly #listener: DeadlineListener;
  /** Monotonic ms of the total deadline. */
  readonly #totalAt: number;
  #kind: DeadlineKind = 'total';
  /** Allowed from `lastActivityAt` on. */
  #allowedMs = Infinity;
  /** Monotonic ms by which the first content must have arrived, whatever the signs of life. */
  #contentBy = Infinity;
  #lastActivityAt = 0;
  /** When the listener was last notified of silence. */
  #silentAt = 0;

  constructor(watch: DeadlineWatch, totalAt: number, listener: DeadlineListener) {
    this.#watch = watch;
    this.#totalAt = totalAt;
    this.#listener = listener;
    this.place = watch.add(this);
  }

  /** Allows `ms` from now for what comes next; the total deadline still applies. */
  allow(kind: DeadlineKind, ms: number): void {
    this.#kind = kind;
    this.#allowedMs = ms;
    this.#contentBy = Infinity;
    this.#lastActivityAt = this.#watch.now();
  }

  /** Allows `ms` from now for the first content of a stream; `noteActivity` starts it again, up to three times `ms` in all. */
  awaitContent(ms: number): void {
    this.allow('first_token', ms);
    this.#contentBy = this.#lastActivityAt + FIRST_TOKEN_LENGTHS * ms;
  }

  /** The upstream has sent something: what is allowed now starts again. */
  noteActivity(): void {
    this.#lastActivityAt = this.#watch.now();
  }

  /** Monotonic ms at which the upstream last sent something, or the current deadline began. */
  get lastActivityAt(): number {
    return this.#lastActivityAt;
  }

  /** Only the total deadline applies: a unary reply sends its headers after the whole generation. */
  onlyTotal(): void {
    this.#kind = 'total';
    this.#allowedMs = Infinity;
    this.#contentBy = Infinity;
  }

  /** Stops watching this attempt. */
  clear(): void {
    if (this.place >= 0) this.#watch.remove(this.place);
    this.place = -1;
  }

  /** Reports to the listener if a deadline has expired, or a stream is silent; called by the watch. */
  check(now: number): void {
    if (now >= this.#totalAt) this.#listener.expired('total');
    else if (now >= this.#lastActivityAt + this.#allowedMs) this.#listener.expired(this.#kind);
    else if (now >= this.#contentBy) this.#listener.expired('no_content');
    else if (this.#isSilent(now)) {
      this.#silentAt = now;
      this.#listener.silent();
    }
  }

  #isSilent(now: number): boolean {
    if (now - this.#lastActivityAt < SILENCE_MS || now - this.#silentAt < SILENCE_MS) return false;
    return this.#kind === 'first_token' || this.#kind === 'idle';
  }
}
