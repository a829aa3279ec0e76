import { z } from 'zod';

import { PHASES, phasesOf } from '../../execution/record/phases.ts';
import type { LedgerAttempt, LedgerRow } from '../../protocol/ledger.ts';
import { costSchema, UNKNOWN_COST } from './cost.ts';
import { planTargetSchema } from './plan.ts';
import { timeSchema, warningSchema } from './shapes.ts';

/** Progress or outcome of a request. */
export const requestStateSchema = z.enum([
  'running',
  'settled',
  'partial',
  'client_closed',
  'failed',
  'interrupted',
]);

/** The public error of a request. */
export const errorSchema = z.object({
  message: z.string(),
  type: z.string(),
  param: z.string().nullable(),
  code: z.string().nullable(),
});

const commonSchema = z.object({
  id: z.string(),
  state: requestStateSchema,
  started_at: timeSchema,
  endpoint: z.string(),
  wire: z.string(),
  requested: z.string(),
  node: z.string().nullable(),
  lane: z.string().nullable(),
  target: z.string().nullable(),
  rule: z.string().nullable().describe('The rule that moved the request to another lane.'),
  generation: z.int(),
  key: z.null().describe('Client keys are not available yet.'),
  user: z.string().nullable(),
  client_request_id: z.string().nullable(),
  stream: z.boolean(),
  status: z.int().nullable(),
  error: errorSchema.nullable(),
});

/** A request in the list: its trace without phases, plan, cost and warnings, with two counts of its usage. */
export const requestSummarySchema = commonSchema.extend({
  attempts: z.int(),
  duration_ms: z.number().nullable(),
  input_tokens: z.int().nullable(),
  output_tokens: z.int().nullable(),
});

const attemptSchema = z.object({
  n: z.int(),
  target: z.string(),
  class: z.string().nullable().describe('Failure class; null when it succeeded.'),
  status: z.int().nullable(),
  start_ms: z.number(),
  first_byte_ms: z.number().nullable(),
  first_token_ms: z.number().nullable(),
  duration_ms: z.number().nullable(),
  possible_duplicate: z.boolean(),
  retry_after_ms: z.number().nullable(),
  message: z.string().nullable(),
});

/** The full trace of a request. */
export const requestTraceSchema = commonSchema.extend({
  duration_ms: z.number().nullable(),
  phases: z.array(z.object({ name: z.enum(PHASES), start_ms: z.number(), duration_ms: z.number() })),
  plan: z.array(planTargetSchema),
  attempts: z.array(attemptSchema),
  usage: z.object({
    input_tokens: z.int().nullable(),
    output_tokens: z.int().nullable(),
    cached_input_tokens: z.int().nullable(),
    reasoning_tokens: z.int().nullable(),
    estimated: z.boolean(),
  }),
  cost: costSchema,
  warnings: z.array(warningSchema),
});

/** Formats a request of the list. */
export function requestSummary(row: LedgerRow): z.infer<typeof requestSummarySchema> {
  return {
    ...common(row),
    attempts: row.attempts.length,
    duration_ms: row.durationMs,
    input_tokens: row.inputTokens,
    output_tokens: row.outputTokens,
  };
}

/** Formats the full trace of a request. */
export function requestTrace(row: LedgerRow): z.infer<typeof requestTraceSchema> {
  return {
    ...common(row),
    duration_ms: row.durationMs,
    phases: phasesOf(row.phases),
    plan: JSON.parse(row.plan) as z.infer<typeof planTargetSchema>[],
    attempts: row.attempts.map(attemptView),
    usage: {
      input_tokens: row.inputTokens,
      output_tokens: row.outputTokens,
      cached_input_tokens: row.cachedInputTokens,
      reasoning_tokens: row.reasoningTokens,
      estimated: row.usageEstimated,
    },
    cost: UNKNOWN_COST,
    warnings: JSON.parse(row.warnings) as z.infer<typeof warningSchema>[],
  };
}

function common(row: LedgerRow): z.infer<typeof commonSchema> {
  return {
    id: row.id,
    state: row.state,
    started_at: new Date(row.startedMs).toISOString(),
    endpoint: row.endpoint,
    wire: row.wire,
    requested: row.requested,
    node: row.node,
    lane: row.lane,
    target: row.target,
    rule: row.rule,
    generation: row.generation,
    key: null,
    user: row.user,
    client_request_id: row.clientRequestId,
    stream: row.stream,
    status: row.status,
    error: row.error === null ? null : errorOf(row.error),
  };
}

/** Returns the error object of a stored envelope. */
function errorOf(envelope: string): z.infer<typeof errorSchema> | null {
  const parsed = JSON.parse(envelope) as { error?: z.infer<typeof errorSchema> };
  return parsed.error ?? null;
}

function attemptView(attempt: LedgerAttempt): z.infer<typeof attemptSchema> {
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
