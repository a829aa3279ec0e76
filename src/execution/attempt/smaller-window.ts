import type { PlanEntry } from '../../routing/plan.ts';
import { tokensNeeded } from '../../routing/eligible.ts';
import { outputRoom } from '../../wire/output-limit.ts';
import { ATTEMPTS_MAX } from '../limits.ts';
import type { AttemptEnd, RequestRun } from './attempt-context.ts';

/**
 * The same target for a second attempt with a lower output limit, when its refusal shows that only the output did not
 * fit into its window; the next target could be a larger or dearer one. null when the input itself is too long, or the
 * refusal gives no sizes.
 */
export function withLearntWindow(end: AttemptEnd, run: RequestRun, entry: PlanEntry): PlanEntry | null {
  if (end.kind !== 'failed' || end.failure.class !== 'context_overflow') return null;
  const { facts } = run.plan;
  const { window = null, tokens = null } = end.failure.overflow ?? {};
  if (window === null || facts.maxOutputTokens === null) return null;
  const known = entry.link.target.capabilities.context_length ?? null;
  const sent = Math.min(facts.maxOutputTokens, outputRoom(known, facts) ?? Infinity);
  // Some servers report the input, others the sum of input and limit.
  const reported = tokens === null ? null : tokens > window ? tokens - sent : tokens;
  if (reported === null && known !== null && known <= window) return null;
  const planned = window - (outputRoom(window, facts) ?? window);
  const input = Math.max(reported ?? planned, planned);
  const isOutputAlone = Math.max(input, tokensNeeded(facts)) < window && sent > window - input;
  if (!isOutputAlone || run.context.incoming.reply.disconnected) return null;
  if (run.context.trace.attempts.length >= ATTEMPTS_MAX) return null;
  const target = run.ports.listings.current(entry.link.target);
  // Leaves room for what the estimate lacks, such as the tokens of the chat template.
  const capabilities = { ...target.capabilities, context_length: window - (input - planned) };
  return { ...entry, link: { ...entry.link, target: { ...target, capabilities } } };
}
