import type { LeaseAnswer, LeaseRefusal, LeaseWait } from '../../../protocol/lease.ts';
import { failureOf, type Failure } from '../../../protocol/failure.ts';
import { loadFailureReason } from '../../../util/load-failure.ts';
import { shutdownFailure } from '../../attempt/shutdown.ts';

/** The failure of a target whose model is not in memory, or cannot be: nothing was sent. */
export function notResident(answer: Exclude<LeaseAnswer, { readonly kind: 'lease' }>): Failure {
  if (answer.kind === 'refused') return refusedFailure(answer);
  const { retryAfterS, progress } = answer;
  const state = progress > 0 ? `is being loaded (${percent(progress)})` : 'is not loaded yet';
  const summary = `${state}; it is expected in ${retryAfterS} s`;
  return { ...failureOf('loading', 'model_loading', summary), retryAfterMs: retryAfterS * 1000 };
}

/** What a request waits for, in one line: `loading 70 %`, `waiting for l/b; l/a answers 2 requests`. */
export function waitText(target: string, { progress, delay }: LeaseWait): string {
  const state = progress === null ? `waiting for ${target}` : `loading ${percent(progress)}`;
  return delay === null ? state : `${state}; ${delay}`;
}

function percent(progress: number): string {
  return `${Math.floor(progress * 100)} %`;
}

function refusedFailure({ reason, message, retryAfterMs, isFinal }: LeaseRefusal): Failure {
  const failure = { ...failureFor(reason, message), retryAfterMs };
  return isFinal === true ? { ...failure, isFinal } : failure;
}

function failureFor(reason: LeaseRefusal['reason'], message: string): Failure {
  switch (reason) {
    case 'does_not_fit':
    case 'out_of_memory':
      return failureOf(
        'out_of_memory',
        'upstream_out_of_memory',
        `has no memory: ${loadFailureReason(message)}`,
      );
    case 'load_failed':
      return failureOf('not_sent', 'upstream_error', `could not be loaded: ${loadFailureReason(message)}`);
    case 'queue_full':
      return failureOf('busy', 'queue_full', `was not waited for: ${message}`);
    case 'timeout':
    case 'cancelled':
      return failureOf('loading', 'queue_timeout', `was waited for in vain: ${message}`);
    case 'too_hot':
      return failureOf('busy', 'upstream_busy', `takes no requests: ${message}`);
    case 'draining':
      return shutdownFailure(false);
  }
}
