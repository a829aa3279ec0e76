import type { LedgerRow } from '../../protocol/ledger.ts';
import type { Clock } from '../../util/clock.ts';
import type { RequestContext } from '../request-context.ts';
import { PlanTexts } from './plan-text.ts';

/** A request that runs longer than this gets a row while it runs, so that a crash leaves a trace of it. */
const RECORD_RUNNING_AFTER_MS = 100;

/** Where records go; never waits, never throws. */
export interface Ledger {
  record(row: LedgerRow): void;
}

/** Tracks running requests, and writes each one to the ledger once at its end, whatever happened. */
export class Recorder {
  /** An array with stored indices: a Set's old hash tables keep their entries alive until a full GC. */
  readonly #running: RequestContext[] = [];
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  readonly #idle: (() => void)[] = [];
  readonly #plans = new PlanTexts();

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Number of running requests. */
  get running(): number {
    return this.#running.length;
  }

  /** Tracks an accepted request. */
  began(context: RequestContext): void {
    context.place = this.#running.push(context) - 1;
    this.#timer ??= setInterval(() => {
      this.#recordRunning();
    }, RECORD_RUNNING_AFTER_MS).unref();
  }

  /** The record phase. */
  ended(context: RequestContext): void {
    this.#remove(context);
    context.trace.phaseEnded('record', this.#clock.now());
    this.#record(context);
    if (this.#running.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves when no request is running. */
  idle(): Promise<void> {
    if (this.#running.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Aborts all running requests for the shutdown, at the end of its deadline. Streams end with an error event. */
  abortAll(): void {
    for (const context of this.#running) context.abort();
  }

  #remove(context: RequestContext): void {
    const last = this.#running.pop();
    if (last === undefined || last === context) return;
    this.#running[context.place] = last;
    last.place = context.place;
  }

  #recordRunning(): void {
    if (this.#running.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const before = this.#clock.now() - RECORD_RUNNING_AFTER_MS;
    for (const context of this.#running) {
      if (context.incoming.receivedAt > before || context.isRecorded) continue;
      context.isRecorded = true;
      this.#record(context);
    }
  }

  #record({ trace }: RequestContext): void {
    const plan = trace.plan === null ? '[]' : this.#plans.text(trace.plan);
    this.#ledger.record(trace.toRow(this.#clock.now(), plan));
  }
}
