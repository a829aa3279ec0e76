import { FAILURE_RULES, type Failure } from '../../protocol/failure.ts';
import { headOf } from '../../routing/chain.ts';
import type { Attempt, AttemptEnd } from './attempt-context.ts';

/** Ends the trace of an attempt and updates health, affinity and listings from how it ended. */
export function recordOutcome(attempt: Attempt, end: AttemptEnd): void {
  const { context, target, trace, plan, ports } = attempt;
  const now = ports.clock.now();
  trace.ended(context.trace.since(now));
  switch (end.kind) {
    case 'answered':
      ports.health.succeeded(target);
      if (end.signatures.length > 0) {
        ports.affinity.note(end.signatures, { target: target.id, head: headOf(plan.links) });
      }
      return;
    case 'client_gone':
      // A disconnect says nothing about the target: counted as a failure, impatient clients open its breaker.
      trace.failed('client_gone', null);
      ports.health.abandoned(target.id);
      return;
    case 'broken':
      recordFailure(attempt, end.failure, { ...end.failure, class: 'started' }, now);
      return;
    case 'failed':
      recordFailure(attempt, end.failure, end.failure, now);
  }
}

/** `counted` is the failure as health counts it: after the commit its class is `started`. */
function recordFailure(attempt: Attempt, failure: Failure, counted: Failure, now: number): void {
  const { context, target, trace, ports } = attempt;
  trace.failed(counted.class, failure);
  const isNews = ports.health.failed(target, counted, now);
  if (mayHaveChanged(failure)) ports.listings.invalidate(target.provider.id);
  // Failures that the caller caused are reported to the caller alone.
  if (!isNews || FAILURE_RULES[failure.class].health === 'none') return;
  ports.log.warn(
    { request: context.incoming.id, target: target.id, class: counted.class, code: failure.code },
    `${target.id} ${failure.summary}`,
  );
}

/** May the server have been restarted, or hold other models than its list says? */
function mayHaveChanged({ class: failureClass, code }: Failure): boolean {
  return failureClass === 'not_sent' || failureClass === 'gone' || code === 'upstream_disconnected';
}
