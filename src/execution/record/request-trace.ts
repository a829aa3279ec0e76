import type { GatewayError } from '../../protocol/errors.ts';
import { FAILURE_RULES } from '../../protocol/failure-rules.ts';
import type { LedgerRow, Outcome } from '../../protocol/ledger.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Warning } from '../../protocol/wire.ts';
import type { Plan } from '../../routing/plan.ts';
import { shorten } from '../../util/shorten.ts';
import { tokenCount } from '../../wire/json/value.ts';
import type { IncomingRequest } from '../incoming-request.ts';
import type { AttemptTrace } from './attempt-trace.ts';
import { PhaseMarks, roundMs, type Phase } from './phases.ts';

/** What happened to one request; the record phase writes it to the ledger. */
export class RequestTrace {
  readonly #incoming: IncomingRequest;
  readonly #phases: PhaseMarks;
  readonly #attempts: AttemptTrace[] = [];
  readonly #warnings: Warning[] = [];
  #requested = '';
  #generation = 0;
  #stream = false;
  #plan: Plan | null = null;
  #target: string | null = null;
  #status: number | null = null;
  #usage: Usage | null = null;
  #outcome: Outcome | null = null;
  #error: string | null = null;

  /** `now`: monotonic ms at which the body was complete. */
  constructor(incoming: IncomingRequest, now: number) {
    this.#incoming = incoming;
    this.#phases = new PhaseMarks(incoming.receivedAt);
    this.#phases.end('authenticate', incoming.authenticatedAt);
    this.#phases.end('receive', now);
  }

  /** null until the request was resolved. */
  get plan(): Plan | null {
    return this.#plan;
  }

  /** Full id of the target whose reply was committed; null before. */
  get target(): string | null {
    return this.#target;
  }

  /** Attempts so far, the running one included. */
  get attempts(): readonly AttemptTrace[] {
    return this.#attempts;
  }

  /** Of the plan, and of the attempt that was committed. */
  get warnings(): readonly Warning[] {
    return this.#warnings;
  }

  /** An earlier attempt may have been executed, and billed, by its upstream. */
  get mayBeDuplicated(): boolean {
    return this.#attempts.some((each) => each.class !== null && FAILURE_RULES[each.class].uncertain);
  }

  /** Milliseconds since the request was received, with microsecond precision. */
  since(now: number): number {
    return roundMs(now - this.#incoming.receivedAt);
  }

  /** Marks the end of a phase at `now`, monotonic ms. */
  phaseEnded(phase: Phase, now: number): void {
    this.#phases.end(phase, now);
  }

  /** The request was read: it names `requested`, and is resolved under the snapshot of this generation. */
  read(requested: string, stream: boolean, generation: number): void {
    this.#requested = requested;
    this.#stream = stream;
    this.#generation = generation;
  }

  /** The request has a plan. */
  planned(plan: Plan): void {
    this.#plan = plan;
    this.#warnings.push(...plan.warnings);
  }

  /** A target of the plan was full or loading when it was its turn; `full` says what that meant for the request. */
  foundFull(target: string, full: string): void {
    const plan = this.#plan;
    if (plan === null) return;
    const entries = plan.entries.map((entry) =>
      entry.link.target.id === target ? { ...entry, full } : entry,
    );
    this.#plan = { ...plan, entries };
  }

  /** A target is tried again because it has loaded: the attempt that found it loading is dropped. */
  repeats(target: string): void {
    const last = this.#attempts.at(-1);
    if (last?.class === 'loading' && last.target === target) this.#attempts.pop();
  }

  /** Adds an attempt: it is about to be sent, or failed before. */
  attempted(attempt: AttemptTrace): void {
    this.#attempts.push(attempt);
  }

  /** A status was sent to the client. */
  statusSent(status: number): void {
    this.#status = status;
  }

  /** The reply of this attempt is committed. */
  committed({ target, warnings }: AttemptTrace, status: number): void {
    this.#target = target;
    this.#status = status;
    this.#warnings.push(...warnings);
  }

  /** Adds a warning about the reply that is committed: too late for its headers. */
  warn(warning: Warning): void {
    this.#warnings.push(warning);
  }

  /** Tokens of the last attempt, as far as its reply has reported them. */
  used(usage: Usage | null): void {
    this.#usage = usage;
  }

  /** Tokens of the last attempt; null: unknown. */
  get usage(): Usage | null {
    return this.#usage;
  }

  /** The client was sent this error. */
  failed(error: GatewayError): void {
    this.#error = JSON.stringify({ error: error.body });
  }

  /** The request has ended. */
  ended(outcome: Outcome): void {
    this.#outcome = outcome;
  }

  /** The ledger row as of `now`, monotonic ms; `plan` is the plan as JSON. */
  toRow(now: number, plan: string): LedgerRow {
    const incoming = this.#incoming;
    const usage = this.#usage;
    return {
      id: incoming.id,
      state: this.#outcome ?? 'running',
      startedMs: Math.floor(incoming.wallStart),
      durationMs: this.#outcome === null ? null : this.since(now),
      endpoint: incoming.endpoint,
      wire: incoming.wire.format,
      requested: shorten(this.#plan?.destination.requested ?? this.#requested),
      node: this.#plan?.node?.name ?? null,
      lane: this.#plan?.lane?.name ?? null,
      target: this.#target,
      rule: this.#plan?.rule ?? null,
      generation: this.#generation,
      user: incoming.user,
      clientRequestId: incoming.clientRequestId,
      stream: this.#stream,
      status: this.#status,
      attempts: this.#attempts,
      inputTokens: tokenCount(usage?.inputTokens),
      outputTokens: tokenCount(usage?.outputTokens),
      cachedInputTokens: tokenCount(usage?.cachedInputTokens),
      reasoningTokens: tokenCount(usage?.reasoningTokens),
      usageEstimated: usage?.estimated === true,
      phases: this.#phases.toLedger(),
      plan,
      warnings: this.#warnings.length === 0 ? '[]' : JSON.stringify(this.#warnings),
      error: this.#error,
    };
  }
}
