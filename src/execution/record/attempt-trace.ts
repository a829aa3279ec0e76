import { inWords, type Failure, type FailureClass } from '../../protocol/failure.ts';
import type { LedgerAttempt } from '../../protocol/ledger.ts';
import type { Warning } from '../../protocol/wire.ts';
import { roundMs } from './phases.ts';

/** The record of one attempt, filled in while it runs. Points in time are milliseconds since the request was received. */
export class AttemptTrace implements LedgerAttempt {
  readonly n: number;
  readonly target: string;
  readonly startMs: number;
  readonly possibleDuplicate: boolean;
  class: FailureClass | null = null;
  status: number | null = null;
  firstByteMs: number | null = null;
  firstTokenMs: number | null = null;
  durationMs: number | null = null;
  retryAfterMs: number | null = null;
  message: string | null = null;
  readonly #warnings: Warning[] = [];

  /** `possibleDuplicate`: an earlier attempt may have been executed, and billed, by its upstream. */
  constructor(n: number, target: string, startMs: number, possibleDuplicate: boolean) {
    this.n = n;
    this.target = target;
    this.startMs = startMs;
    this.possibleDuplicate = possibleDuplicate;
  }

  /** What was changed or dropped for this target: it concerns the client only if this attempt answers. */
  get warnings(): readonly Warning[] {
    return this.#warnings;
  }

  /** Adds a warning about what is sent to this target. */
  warn(warning: Warning): void {
    this.#warnings.push(warning);
  }

  /** The headers of the upstream's reply arrived. */
  replied(status: number, atMs: number): void {
    this.status = status;
    this.firstByteMs = atMs;
  }

  /** The first content of a stream arrived. */
  firstToken(atMs: number): void {
    this.firstTokenMs = atMs;
  }

  /** The attempt failed or the client disconnected. */
  failed(failureClass: FailureClass, failure: Failure | null): void {
    this.class = failureClass;
    if (failure === null) return;
    this.status ??= failure.status;
    this.retryAfterMs = failure.retryAfterMs;
    this.message = failure.upstream === null ? inWords(failure) : (failure.words ?? failure.upstream.message);
  }

  /** The attempt ended at `atMs`. */
  ended(atMs: number): void {
    this.durationMs = roundMs(atMs - this.startMs);
  }
}
