import { inWords, type Failure } from '../../protocol/failure.ts';
import { FAILURE_RULES } from '../../protocol/failure-rules.ts';
import { headOf } from '../../routing/chain.ts';
import type { Attempt, AttemptEnd } from './attempt-context.ts';
import { largestOutput, learntWindow } from './overflow.ts';
import { mayBeLost } from './lost-model.ts';
import { isShutdown } from './shutdown.ts';
import { noteForRollback } from './rollback-note.ts';

/** Ends the trace of an attempt, and updates health, affinity and listings from its end. */
export function recordOutcome(attempt: Attempt, end: AttemptEnd): void {
  const { context, target, trace, plan, ports } = attempt;
  const now = ports.clock.now();
  trace.ended(context.trace.since(now));
  if (ports.switchWatch.isActive) noteForRollback(attempt, end);
  switch (end.kind) {
    case 'answered':
      ports.health.succeeded(target);
      noteServed(attempt);
      if (end.signatures.length > 0) {
        ports.affinity.note(end.signatures, { target: target.id, head: headOf(plan.links) });
      }
      if (end.callStates !== undefined) ports.callStates.note(end.callStates, target.id);
      return;
    case 'client_gone':
      // A disconnect says nothing about the target: if it counted as a failure, impatient clients would open its breaker.
      trace.failed('client_gone', null);
      ports.health.abandoned(target.id);
      return;
    case 'broken':
      trace.failed('started', end.failure);
      recordFailure(attempt, end.failure, { ...end.failure, class: 'started' }, now);
      return;
    case 'failed':
      trace.failed(end.failure.class, end.failure);
      recordFailure(attempt, end.failure, end.failure, now);
  }
}

/** `counted` is the failure as health counts it; one that the caller caused counts for nothing, whenever it occurs. */
function recordFailure(attempt: Attempt, failure: Failure, counted: Failure, now: number): void {
  const { context, target, trace, ports } = attempt;
  if (isShutdown(failure)) {
    ports.health.abandoned(target.id);
    return;
  }
  const isCallers = FAILURE_RULES[failure.class].health === 'none';
  const isNews = ports.health.failed(target, isCallers ? failure : counted, now);
  learn(attempt, failure);
  noteResidency(attempt, failure);
  if (mayHaveChanged(failure)) ports.listings.invalidate(target.provider.id);
  if (!isNews || isCallers) return;
  ports.log.warn(
    { request: context.incoming.id, target: target.id, class: trace.class, code: failure.code },
    `${target.id} ${inWords(failure)}`,
  );
}

/** Bounds later requests by what the target has revealed about its model. */
function learn({ target, plan, ports }: Attempt, failure: Failure): void {
  const window = learntWindow(failure, plan.facts);
  if (window !== null) ports.listings.learnBound(target, 'context_length', window);
  const largest = largestOutput(failure, plan.facts);
  if (largest !== null) ports.listings.learnBound(target, 'max_output_tokens', largest);
}

/** What the server answered of its memory is news for the pool of the model; so is that it may have ended. */
function noteResidency({ target, ports }: Attempt, failure: Failure): void {
  if (failure.class === 'out_of_memory') ports.residency.noteFailure(target.id, 'out_of_memory');
  else if (failure.class === 'loading' || mayBeLost(failure))
    ports.residency.noteFailure(target.id, 'not_loaded');
}

/** Several inputs are counted together: their usage says nothing about one of them. */
function noteServed({ context, target, plan, ports }: Attempt): void {
  const { usage } = context.trace;
  if (usage !== null && (plan.facts.inputs ?? 1) === 1) ports.listings.noteServed(target, usage);
}

/** Whether the server may have been restarted, or serve other models than its list says. */
function mayHaveChanged({ class: failureClass, code }: Failure): boolean {
  return failureClass === 'not_sent' || failureClass === 'gone' || code === 'upstream_disconnected';
}
