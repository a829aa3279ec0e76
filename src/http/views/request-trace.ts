import { phasesOf } from '../../execution/job.ts';
import type { LedgerAttempt, LedgerRow } from '../../store/store.ts';

/** A request in the list: its trace without phases, plan, usage, cost and warnings (API section 4). */
export function requestSummary(row: LedgerRow): Record<string, unknown> {
  return { ...common(row), attempts: row.attempts.length, duration_ms: row.durationMs };
}

/** The whole trace of a request. */
export function requestTrace(row: LedgerRow): Record<string, unknown> {
  return {
    ...common(row),
    duration_ms: row.durationMs,
    phases: phasesOf(row.phases),
    plan: JSON.parse(row.plan) as unknown,
    attempts: row.attempts.map(attemptView),
    usage: {
      input_tokens: row.inputTokens,
      output_tokens: row.outputTokens,
      cached_input_tokens: row.cachedInputTokens,
      reasoning_tokens: row.reasoningTokens,
      estimated: false,
    },
    cost: { usd: null, source: null },
    warnings: JSON.parse(row.warnings) as unknown,
  };
}

function common(row: LedgerRow): Record<string, unknown> {
  return {
    id: row.id,
    state: row.state,
    started_at: row.startedAt,
    endpoint: row.endpoint,
    wire: row.wire,
    requested: row.requested,
    node: row.node,
    lane: row.lane,
    target: row.target,
    generation: row.generation,
    key: null,
    user: row.user,
    client_request_id: row.clientRequestId,
    stream: row.stream,
    status: row.status,
    error: row.error === null ? null : errorOf(row.error),
  };
}

/** The error object inside the stored envelope. */
function errorOf(envelope: string): unknown {
  const parsed = JSON.parse(envelope) as { error?: unknown };
  return parsed.error ?? null;
}

function attemptView(attempt: LedgerAttempt): Record<string, unknown> {
  return {
    n: attempt.n,
    target: attempt.target,
    class: attempt.class,
    status: attempt.status,
    start_ms: attempt.startMs,
    first_byte_ms: attempt.firstByteMs,
    first_token_ms: attempt.firstTokenMs,
    duration_ms: attempt.durationMs,
    possible_duplicate: attempt.possibleDuplicate,
    retry_after_ms: attempt.retryAfterMs,
    message: attempt.message,
  };
}
