import { GatewayError } from '../../protocol/errors.ts';
import { FAILURE_RULES, type Failure } from '../../protocol/failure.ts';
import type { Plan } from '../../routing/plan.ts';
import type { Snapshot } from '../../routing/snapshot.ts';
import type { AttemptEnd } from './attempt-context.ts';
import type { Job } from '../request-context.ts';
import type { ExecutionPorts } from '../ports.ts';
import { tryTarget, type Run } from './try-target.ts';

/** Attempts a request may cost in all (gRPC and the SRE book's budget: reliability section 1.1). */
const ATTEMPTS_MAX = 3;

/** How the targets of a plan fared: the last end, and every failed target with its fate. */
export interface PlanResult {
  readonly end: AttemptEnd;
  readonly failures: ReadonlyMap<string, string>;
}

/** The attempt phase: one target after another, each at most once, until one answers or the plan is spent. */
export async function tryTargets(
  job: Job,
  plan: Plan,
  snapshot: Snapshot,
  ports: ExecutionPorts,
): Promise<PlanResult> {
  const failures = new Map<string, string>();
  const totalAt = job.incoming.receivedAt + (plan.lane?.deadlines ?? snapshot.deadlines).totalMs;
  const run: Run = { job, plan, snapshot, totalAt, ports };
  let last: AttemptEnd | null = null;
  let unsupported: GatewayError | null = null;
  for (const entry of plan.entries.slice(0, plan.eligible)) {
    if (job.attempts.length >= ATTEMPTS_MAX || ports.clock.now() >= totalAt) break;
    if (last?.kind === 'failed' && !mayGoOn(last.failure, plan)) break;
    if (job.incoming.reply.disconnected) return { end: { kind: 'client_gone' }, failures };
    try {
      let end = await tryTarget(run, entry, last, false);
      if (end === null) continue;
      if (mayDropThinking(end, run)) end = (await tryTarget(run, entry, end, true)) ?? end;
      if (end.kind !== 'failed') return { end, failures };
      failures.set(entry.link.target.id, end.failure.summary);
      last = end;
    } catch (error) {
      // A wire that cannot carry this request says nothing against the targets behind it.
      if (!(error instanceof GatewayError) || error.code !== 'unsupported_parameter') throw error;
      failures.set(entry.link.target.id, `cannot take this request (${error.message})`);
      unsupported ??= error;
    }
  }
  if (last !== null) return { end: last, failures };
  if (unsupported !== null) throw unsupported;
  const message = noneLeft(plan, failures);
  // The list has been read since the plan was made, and lacks what was asked for by its name.
  if (plan.destination.kind === 'model')
    throw new GatewayError('model_not_found', message, { param: 'model' });
  throw new GatewayError('no_target', message, { shouldRetry: false });
}

function noneLeft(plan: Plan, failures: ReadonlyMap<string, string>): string {
  const told = plan.entries
    .slice(0, plan.eligible)
    .map(
      ({ link }) =>
        `${link.target.id} ${failures.get(link.target.id) ?? 'passed over (not in the list of its server)'}`,
    );
  return `${plan.destination.requested}: ${told.join('; ')}`;
}

/** May another target be asked after this failure? Lanes may stop where work could be done or billed twice. */
function mayGoOn(failure: Failure, plan: Plan): boolean {
  const rule = FAILURE_RULES[failure.class];
  if (rule.next === 'if_lane_allows') return plan.lane?.onContentPolicy === 'next';
  if (failure.class === 'unanswered' && plan.lane?.onUnanswered === 'stop') return false;
  return rule.next !== 'no';
}

/** A target that refuses signed thinking is asked once more, without it (wire case 111). */
function mayDropThinking(end: AttemptEnd, { job, totalAt, ports }: Run): boolean {
  if (end.kind !== 'failed' || end.failure.refusedPart !== 'signed_thinking') return false;
  const { request } = job;
  if (request === null || (request.signatures.length === 0 && !request.hasUnsignedThinking)) return false;
  return (
    job.attempts.length < ATTEMPTS_MAX && ports.clock.now() < totalAt && !job.incoming.reply.disconnected
  );
}
