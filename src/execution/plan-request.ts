import type { HealthView, Plan, RouteRequest } from '../routing/plan.ts';
import { resolve } from '../routing/resolve.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import { refineEstimate } from '../wire/fields/refine-estimate.ts';
import { inputShare } from '../wire/output-limit.ts';

/** A window that leaves room for this many output tokens is large enough: longer replies are rare. */
const AMPLE_OUTPUT_TOKENS = 8192;

/**
 * Plans a request. Where the rough estimate of its input comes close to the window of a target, the plan is made again
 * with a better one, so that no target is passed over, and no reply cut, for a prompt that leaves room.
 */
export function planRequest(asked: RouteRequest, body: Buffer, snapshot: Snapshot, health: HealthView): Plan {
  const plan = resolve(asked, snapshot, health);
  if (!isClose(plan)) return plan;
  const estimatedTokens = refineEstimate(body, asked.facts);
  return resolve({ ...asked, facts: { ...asked.facts, estimatedTokens } }, snapshot, health);
}

/** Could the estimate exclude a target of the plan, or lower its output limit so that replies are cut? */
function isClose({ facts, entries }: Plan): boolean {
  if (facts.kind !== 'chat' || facts.longestInputTokens !== undefined) return false;
  const needed = inputShare(facts) + Math.min(facts.maxOutputTokens ?? Infinity, AMPLE_OUTPUT_TOKENS);
  return entries.some(({ link }) => needed > (link.target.capabilities.context_length ?? Infinity));
}
