import type { Failure } from '../../protocol/failure.ts';
import type { Clock } from '../../util/clock.ts';
import { shorten } from '../../util/shorten.ts';
import { tokenCount } from '../../wire/json/value.ts';
import type { Job, Outcome } from '../request-context.ts';
import { PlanTexts } from './plan-text.ts';

/** A request that outlives this gets a row while it runs, so that a crash leaves a trace of it (reliability R19). */
const NOTE_RUNNING_AFTER_MS = 100;

const SHUTTING_DOWN: Failure = {
  class: 'started',
  code: 'draining',
  status: null,
  summary: 'was cut off: the gateway is shutting down',
  retryAfterMs: null,
  upstream: null,
};

/** The record of one request, as it is written down. */
export interface RequestRecord {
  readonly id: string;
  readonly state: 'running' | Outcome;
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly endpoint: string;
  readonly wire: string;
  readonly requested: string;
  readonly node: string | null;
  readonly lane: string | null;
  readonly target: string | null;
  readonly generation: number;
  readonly user: string | null;
  readonly clientRequestId: string | null;
  readonly stream: boolean;
  readonly status: number | null;
  readonly attempts: Job['attempts'];
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly phases: string;
  readonly plan: string;
  readonly warnings: string;
  readonly error: string | null;
}

/** Where records go; never waits, never throws. */
export interface Ledger {
  record(row: RequestRecord): void;
}

/** Keeps track of what runs, and writes every request down once at its end, whatever happened. */
export class Recorder {
  /** An array with each job's place in the job: a Set's outgrown tables keep what they held until a full collection. */
  readonly #running: Job[] = [];
  readonly #noted = new WeakSet<Job>();
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  readonly #idle: (() => void)[] = [];
  readonly #plans = new PlanTexts();

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Requests that run now. */
  get running(): number {
    return this.#running.length;
  }

  /** A request was accepted. */
  began(job: Job): void {
    job.place = this.#running.push(job) - 1;
    this.#timer ??= setInterval(() => {
      this.#noteRunning();
    }, NOTE_RUNNING_AFTER_MS).unref();
  }

  /** The record phase. */
  ended(job: Job): void {
    this.#remove(job);
    job.ended('record', this.#clock.now());
    this.#ledger.record(this.#row(job));
    if (this.#running.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves when nothing runs any more. */
  idle(): Promise<void> {
    if (this.#running.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Ends what still runs: the drain deadline is over. Streams are told so in a last event. */
  cutAll(): void {
    for (const job of this.#running) job.attempt?.cut(SHUTTING_DOWN);
  }

  #remove(job: Job): void {
    const last = this.#running.pop();
    if (last === undefined || last === job) return;
    this.#running[job.place] = last;
    last.place = job.place;
  }

  #noteRunning(): void {
    if (this.#running.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const before = this.#clock.now() - NOTE_RUNNING_AFTER_MS;
    for (const job of this.#running) {
      if (job.incoming.receivedAt > before || this.#noted.has(job)) continue;
      this.#noted.add(job);
      this.#ledger.record(this.#row(job));
    }
  }

  #row(job: Job): RequestRecord {
    const { incoming, plan, usage } = job;
    const now = this.#clock.now();
    return {
      id: incoming.id,
      state: job.outcome ?? 'running',
      startedAt: new Date(incoming.wallStart).toISOString(),
      durationMs: job.outcome === null ? null : job.since(now),
      endpoint: incoming.endpoint,
      wire: incoming.wire.format,
      requested: shorten(plan?.destination.requested ?? job.asked),
      node: plan?.node?.name ?? null,
      lane: plan?.lane?.name ?? null,
      target: job.target,
      generation: job.generation,
      user: incoming.user,
      clientRequestId: incoming.clientRequestId,
      stream: plan?.facts.stream ?? false,
      status: job.status,
      attempts: job.attempts,
      inputTokens: tokenCount(usage?.inputTokens),
      outputTokens: tokenCount(usage?.outputTokens),
      cachedInputTokens: tokenCount(usage?.cachedInputTokens),
      reasoningTokens: tokenCount(usage?.reasoningTokens),
      phases: job.phaseMarks(),
      plan: plan === null ? '[]' : this.#plans.text(plan),
      warnings: job.warnings.length === 0 ? '[]' : JSON.stringify(job.warnings),
      error: job.error,
    };
  }
}
