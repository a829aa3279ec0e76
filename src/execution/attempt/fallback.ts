import { GatewayError } from '../../protocol/errors.ts';
import { inWords, type Failure } from '../../protocol/failure.ts';
import { FAILURE_RULES } from '../../protocol/failure-rules.ts';
import type { Plan, PlanEntry } from '../../routing/plan.ts';
import { describeChain } from '../../routing/reason.ts';
import type { Held } from '../admit/gate.ts';
import { reviewPassedOver } from '../admit/residency/passed-over.ts';
import { ATTEMPTS_MAX } from '../limits.ts';
import { retryAfterSeconds } from '../respond/error-reply.ts';
import type { AttemptEnd, RequestRun } from './attempt-context.ts';
import { enterTarget, type Entering, type Refusal } from './enter-target.ts';
import { deadlineFailure } from './failures.ts';
import { wasLost } from './lost-model.ts';
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
  const { context, plan, snapshot, ports } = run;
  const failures = new Map<string, string>();
  const entries = plan.entries.slice(0, plan.eligible);
  let last: AttemptEnd | null = null;
  let unsupported: GatewayError | null = null;
  let refusal: Refusal | null = null;
  /** Of a target whose model is not in memory. */
  let unavailable: Failure | null = null;
  /** The largest window in tokens that has proved too small for the request; 0: none has. */
  let tooSmall = 0;
  let ended: string | null = null;
  const lost = new Set<PlanEntry>();
  for (let at = 0; at < entries.length; at += 1) {
    if (last?.kind === 'failed' && !mayFallBack(last.failure, plan)) break;
    if (context.trace.attempts.length >= ATTEMPTS_MAX) {
      ended = ENOUGH;
      break;
    }
    if (plan.passedOver.length > 0) reviewPassedOver(run, entries, at);
    let entry = entries[at];
    if (entry === undefined) break;
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
    let held: Held | null = null;
    if (ports.gate.concerns(entry.link.target, plan.lane)) {
      const entering = await enterNext(run, entries, at, tooSmall);
      if (entering.kind === 'failed') failures.set(entry.link.target.id, inWords(entering.failure));
      if (entering.kind === 'client_gone' || entering.kind === 'failed')
        return { end: entering, failures, ended };
      if (entering.kind === 'refused') {
        ({ refusal } = entering);
        for (const [id, words] of refusal.targets) failures.set(id, words);
        at -= 1;
        continue;
      }
      if (entering.kind === 'unavailable') {
        failures.set(entering.entry.link.target.id, inWords(entering.failure));
        unavailable = soonest(unavailable, entering.failure);
        continue;
      }
      ({ entry, held } = entering);
    }
    try {
      const end = await attemptOrRetry(run, entry);
      if (end === null) continue;
      if (end.kind !== 'failed') return { end, failures, ended };
      failures.set(entry.link.target.id, inWords(end.failure));
      tooSmall = Math.max(tooSmall, provenWindow(end.failure, entry.link.target));
      last = end;
      if (await mayWaitFor(run, entry, end.failure, lost)) entries.splice(at + 1, 0, entry);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      // A later target may use a wire that can express the request.
      failures.set(entry.link.target.id, `cannot serve this request (${error.message})`);
      unsupported ??= error;
    } finally {
      held?.leave();
    }
  }
  if (refusal !== null && !outweighs(last)) throw noRoom(run, refusal, failures);
  if (unavailable !== null && !(unavailable.isFinal === true && last !== null) && !outweighs(last))
    return { end: { kind: 'failed', failure: unavailable }, failures, ended };
  if (last !== null) return { end: last, failures, ended };
  throw unsupported ?? notServed(plan, entries);
}

/** Gets room at the entry at this place, or at a later one, which takes the place. */
async function enterNext(
  run: RequestRun,
  entries: PlanEntry[],
  at: number,
  tooSmall: number,
): Promise<Entering> {
  const rest = entries.splice(at);
  const entering = await enterTarget(run, rest, tooSmall);
  entries.push(...rest);
  // It is tried again once it has loaded: the attempt that found it loading does not count.
  if (entering.kind === 'entered') run.context.trace.repeats(entering.entry.link.target.id);
  return entering;
}

/** If several models are not in memory, the error names the one that will be loaded first, if any can be. */
function soonest(known: Failure | null, failure: Failure): Failure {
  if (known === null || known.isFinal === true) return failure;
  if (failure.isFinal === true) return known;
  return (failure.retryAfterMs ?? Infinity) < (known.retryAfterMs ?? Infinity) ? failure : known;
}

/**
 * Is the failed target waited for, since it only has to load, or to load again? The fallbacks are for a load that fails.
 * `lost`: entries that have had to already; a request that ends the server of its model would do so for ever.
 */
async function mayWaitFor(
  run: RequestRun,
  entry: PlanEntry,
  failure: Failure,
  lost: Set<PlanEntry>,
): Promise<boolean> {
  if (run.plan.lane?.waitWhileLoading !== true) return false;
  if (failure.class === 'loading') return true;
  if (lost.has(entry) || !(await wasLost(run, entry, failure))) return false;
  lost.add(entry);
  return true;
}

/**
 * Does the failure of the last attempt say more to the client than that there was no room? Only what the caller or the
 * shutdown has caused: for anything else it may come back.
 */
function outweighs(last: AttemptEnd | null): boolean {
  if (last?.kind !== 'failed') return false;
  return isShutdown(last.failure) || FAILURE_RULES[last.failure.class].health === 'none';
}

/** The error of a request that got no room at any target. */
function noRoom(
  { plan, ports }: RequestRun,
  { code, retryAfterMs }: Refusal,
  failures: ReadonlyMap<string, string>,
): GatewayError {
  return new GatewayError(code, describeChain(plan, failures, ports.clock.now()), {
    retryAfterS: retryAfterSeconds(retryAfterMs),
  });
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
