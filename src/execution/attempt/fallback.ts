import { GatewayError } from '../../protocol/errors.ts';
import { FAILURE_RULES, type Failure } from '../../protocol/failure.ts';
import type { Plan } from '../../routing/plan.ts';
import { ATTEMPTS_MAX } from '../limits.ts';
import type { AttemptEnd, RequestRun } from './attempt-context.ts';
import { attemptTarget } from './attempt.ts';

/** How the attempts of a request ended. */
export interface FallbackResult {
  /** The last one's end. */
  readonly end: AttemptEnd;
  /** Every failed target with what happened to it. */
  readonly failures: ReadonlyMap<string, string>;
}

/** The attempt phase: tries one target after another, each once, until one answers or none is left. */
export async function attemptTargets(run: RequestRun): Promise<FallbackResult> {
  const { context, plan } = run;
  const failures = new Map<string, string>();
  let last: AttemptEnd | null = null;
  let unsupported: GatewayError | null = null;
  for (const entry of plan.entries.slice(0, plan.eligible)) {
    if (!mayAttempt(run)) break;
    if (last?.kind === 'failed' && !mayFallBack(last.failure, plan)) break;
    if (context.incoming.reply.disconnected) return { end: { kind: 'client_gone' }, failures };
    try {
      let end = await attemptTarget(run, entry, last, false);
      if (end === null) continue;
      if (mayDropThinking(end, run)) end = (await attemptTarget(run, entry, end, true)) ?? end;
      if (end.kind !== 'failed') return { end, failures };
      failures.set(entry.link.target.id, end.failure.summary);
      last = end;
    } catch (error) {
      // A wire that cannot express this request is no obstacle for the targets after it.
      if (!(error instanceof GatewayError) || error.code !== 'unsupported_parameter') throw error;
      failures.set(entry.link.target.id, `cannot take this request (${error.message})`);
      unsupported ??= error;
    }
  }
  if (last !== null) return { end: last, failures };
  throw unsupported ?? noneLeft(plan, failures);
}

/** No target was attempted: the lists read since the plan was made lack all of them. */
function noneLeft(plan: Plan, failures: ReadonlyMap<string, string>): GatewayError {
  const { destination, entries, eligible } = plan;
  const targets = entries.slice(0, eligible).map(({ link: { target } }) => {
    return `${target.id} ${failures.get(target.id) ?? 'skipped (not in the list of its server)'}`;
  });
  const message = `${destination.requested}: ${targets.join('; ')}`;
  return destination.kind === 'model'
    ? new GatewayError('model_not_found', message, { param: 'model' })
    : new GatewayError('no_target', message, { shouldRetry: false });
}

function mayAttempt({ context, totalAt, ports }: RequestRun): boolean {
  return context.trace.attempts.length < ATTEMPTS_MAX && ports.clock.now() < totalAt;
}

/** May another target be tried after this failure? A lane may stop where work could be done, or billed, twice. */
function mayFallBack(failure: Failure, { lane }: Plan): boolean {
  const { next } = FAILURE_RULES[failure.class];
  if (next === 'if_lane_allows') return lane?.onContentPolicy === 'next';
  if (failure.class === 'unanswered' && lane?.onUnanswered === 'stop') return false;
  return next !== 'no';
}

/** A target that refuses signed thinking is tried once more without it (wire case 111). */
function mayDropThinking(end: AttemptEnd, run: RequestRun): boolean {
  if (end.kind !== 'failed' || end.failure.refusedPart !== 'signed_thinking') return false;
  const request = run.context.body.scanned;
  if (request === null || (request.signatures.length === 0 && !request.hasUnsignedThinking)) return false;
  return mayAttempt(run) && !run.context.incoming.reply.disconnected;
}
