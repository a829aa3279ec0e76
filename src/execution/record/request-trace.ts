import type { GatewayError } from '../../protocol/errors.ts';
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

  get warnings(): readonly Warning[] {
    return this.#warnings;
  }

  /** Milliseconds since the request was received, with microsecond precision. */
  since(now: number): number {
    return roundMs(now - this.#incoming.receivedAt);
  }

  /** Marks the end of a phase at `now`, monotonic ms. */
  phaseEnded(phase: Phase, now: number): void {
    this.#phases.end(phase, now);
  }

  /** The request names `requested`, and is resolved under the snapshot of this generation. */
  named(requested: string, generation: number): void {
    this.#requested = requested;
    this.#generation = generation;
  }

  /** The request has a plan. */
  planned(plan: Plan): void {
    this.#plan = plan;
    this.#warnings.push(...plan.warnings);
  }

  /** Adds a warning, unless an earlier attempt has added it. */
  warn({ code, detail }: Warning): void {
    if (this.#warnings.some((each) => each.code === code && each.detail === detail)) return;
    this.#warnings.push({ code, detail });
  }

  /** Adds an attempt that is about to be sent. */
  attempted(attempt: AttemptTrace): void {
    this.#attempts.push(attempt);
  }

  /** A status was sent to the client. */
  replied(status: number): void {
    this.#status = status;
  }

  /** The reply of `target` was committed. */
  committed(target: string, status: number): void {
    this.#target = target;
    this.#status = status;
  }

  /** The reply, or as much of it as arrived, used these tokens. */
  used(usage: Usage | null): void {
    this.#usage = usage;
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
      startedAt: new Date(incoming.wallStart).toISOString(),
      durationMs: this.#outcome === null ? null : this.since(now),
      endpoint: incoming.endpoint,
      wire: incoming.wire.format,
      requested: shorten(this.#plan?.destination.requested ?? this.#requested),
      node: this.#plan?.node?.name ?? null,
      lane: this.#plan?.lane?.name ?? null,
      target: this.#target,
      generation: this.#generation,
      user: incoming.user,
      clientRequestId: incoming.clientRequestId,
      stream: this.#plan?.facts.stream ?? false,
      status: this.#status,
      attempts: this.#attempts,
      inputTokens: tokenCount(usage?.inputTokens),
      outputTokens: tokenCount(usage?.outputTokens),
      cachedInputTokens: tokenCount(usage?.cachedInputTokens),
      reasoningTokens: tokenCount(usage?.reasoningTokens),
      phases: this.#phases.toString(),
      plan,
      warnings: this.#warnings.length === 0 ? '[]' : JSON.stringify(this.#warnings),
      error: this.#error,
    };
  }
}
