import type { RequestFacts } from '../../protocol/facts.ts';
import type { Failure } from '../../protocol/failure.ts';
import type { ModelEntry } from '../../routing/snapshot.ts';

/** Why a target is not tried; follows its name. */
export const TOO_SMALL = 'not tried (its context is no larger than the one that was too small)';

/**
 * The window in tokens that a failure has proved too small for the request: the one in the upstream's words, else the
 * known one of the target, else just below the size of the prompt. 0 where the failure proves nothing.
 */
export function provenWindow(failure: Failure, target: ModelEntry): number {
  if (failure.class !== 'context_overflow') return 0;
  const { window = null, tokens = null } = failure.overflow ?? {};
  return window ?? target.capabilities.context_length ?? (tokens === null ? 0 : tokens - 1);
}

/** Is the target's window larger than `tooSmall` tokens? An unknown window never rules a target out. */
export function mayHold({ capabilities }: ModelEntry, tooSmall: number): boolean {
  return capabilities.context_length === undefined || capabilities.context_length > tooSmall;
}

/** How far the estimate of a prompt may be below its real size. */
const ESTIMATE_FACTOR = 2;

/**
 * The window in tokens that a failure teaches about its target for other requests; null if it names none, or one that
 * this request can hardly have filled, whatever the upstream's words say.
 */
export function learntWindow(
  { overflow }: Pick<Failure, 'overflow'>,
  { estimatedTokens, longestInputTokens, maxOutputTokens }: RequestFacts,
): number | null {
  const window = overflow?.window ?? null;
  const needed = (longestInputTokens ?? estimatedTokens) + (overflow?.output ?? maxOutputTokens ?? 0);
  return window !== null && needed * ESTIMATE_FACTOR >= window ? window : null;
}

/**
 * The model's largest limit of the output in tokens that a failure names; null if it names none, or one that the client
 * has not exceeded.
 */
export function largestOutput(
  { largestOutput: named }: Pick<Failure, 'largestOutput'>,
  { maxOutputTokens }: Pick<RequestFacts, 'maxOutputTokens'>,
): number | null {
  return named !== undefined && named < (maxOutputTokens ?? Infinity) ? named : null;
}
