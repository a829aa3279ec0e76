import { GatewayError } from '../../protocol/errors.ts';
import { inWords, type Failure } from '../../protocol/failure.ts';
import { FAILURE_RULES } from '../../protocol/failure-rules.ts';
import type { Plan, PlanEntry } from '../../routing/plan.ts';
import { ATTEMPTS_MAX } from '../limits.ts';
import type { AttemptEnd, RequestRun } from './attempt-context.ts';
import { deadlineFailure } from './failures.ts';
import { isShutdown } from './shutdown.ts';
import { provenWindow, TOO_SMALL, mayHold } from './overflow.ts';
import { attemptOrRetry, isOverdue, isUnsupported } from './retry.ts';

/** How the attempts of a request ended. */
export interface FallbackResult {
  /** The last one's end. */
  readonly end: AttemptEnd;
  /** Every failed target with what happened to it. */
  readonly failures: ReadonlyMap<string, string>;
  /** Why the targets that remain were not tried, where that is not due to the last failure itself; else null. */
  readonly ended: string | null;
}

/** Follows "not tried" in messages. */
const ENOUGH = `at most ${ATTEMPTS_MAX} attempts for a request`;
const OVERDUE = 'the time of the request was over';

/**
 * The attempt phase: tries one target after another until one answers or none is left. Throws a `GatewayError` when no
 * target could be tried.
 */
export async function attemptTargets(run: RequestRun): Promise<FallbackResult> {
  const { context, plan, snapshot } = run;
  const failures = new Map<string, string>();
  const entries = plan.entries.slice(0, plan.eligible);
  let last: AttemptEnd | null = null;
  let unsupported: GatewayError | null = null;
  /** The largest window in tokens that has proved too small for the request; 0: none has. */
  let tooSmall = 0;
  let ended: string | null = null;
  for (const entry of entries) {
    if (last?.kind === 'failed' && !mayFallBack(last.failure, plan)) break;
    if (context.trace.attempts.length >= ATTEMPTS_MAX) {
      ended = ENOUGH;
      break;
    }
    if (!mayHold(entry.link.target, tooSmall)) {
      failures.set(entry.link.target.id, TOO_SMALL);
      continue;
    }
    if (isOverdue(run)) {
      last ??= {
        kind: 'failed',
        failure: deadlineFailure('total', { ...run, deadlines: snapshot.deadlines }),
      };
      ended = OVERDUE;
      break;
    }
    if (context.incoming.reply.disconnected) return { end: { kind: 'client_gone' }, failures, ended };
    try {
      const end = await attemptOrRetry(run, entry);
      if (end === null) continue;
      if (end.kind !== 'failed') return { end, failures, ended };
      failures.set(entry.link.target.id, inWords(end.failure));
      tooSmall = Math.max(tooSmall, provenWindow(end.failure, entry.link.target));
      last = end;
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      // A later target may use a wire that can express the request.
      failures.set(entry.link.target.id, `cannot serve this request (${error.message})`);
      unsupported ??= error;
    }
  }
  if (last !== null) return { end: last, failures, ended };
  throw unsupported ?? notServed(plan, entries);
}

/** May another target be tried after this failure? A lane may stop where work could be done, or billed, twice. */
function mayFallBack(failure: Failure, { lane }: Plan): boolean {
  const { next } = FAILURE_RULES[failure.class];
  if (isShutdown(failure)) return false;
  if (next === 'if_lane_allows') return lane?.onContentPolicy === 'next';
  if (failure.class === 'unanswered' && lane?.onUnanswered === 'stop') return false;
  return next !== 'no';
}

/** The lists that were read since the plan was made lack all targets. */
function notServed({ destination }: Plan, entries: readonly PlanEntry[]): GatewayError {
  const targets = entries.map(
    ({ link }) => `${link.target.id} passed over (not in the model list of its server)`,
  );
  const message = `${destination.requested}: ${targets.join('; ')}`;
  return destination.kind === 'model'
    ? new GatewayError('model_not_found', message, { param: 'model' })
    : new GatewayError('no_target', message, { shouldRetry: false });
}
