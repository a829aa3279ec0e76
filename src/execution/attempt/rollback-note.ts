import type { Failure } from '../../protocol/failure.ts';
import type { Plan } from '../../routing/plan.ts';
import { ATTEMPTS_MAX } from '../limits.ts';
import type { Attempt, AttemptEnd } from './attempt-context.ts';
import { isShutdown } from './shutdown.ts';

/** Notes the end of an attempt for the rollback of recent switches. */
export function noteForRollback({ context, plan, entry, trace, ports }: Attempt, end: AttemptEnd): void {
  const failure = end.kind === 'failed' || end.kind === 'broken' ? end.failure : null;
  ports.switchWatch.noteAttempt({
    ...{ plan, link: entry.link, user: context.incoming.user, isFirst: trace.n === 1 },
    isLast: end.kind === 'broken' || trace.n >= ATTEMPTS_MAX || stops(failure, plan),
    failure: failure === null || isShutdown(failure) ? null : failure,
  });
}

function stops(failure: Failure | null, { lane }: Plan): boolean {
  return failure?.class === 'unanswered' && lane?.onUnanswered === 'stop';
}
