import { commit } from '../commit/commit.ts';
import type { Attempt, AttemptEnd } from './attempt-context.ts';

/** Answers with Laneway's own estimate, for a target whose server has no endpoint for the request. */
export function sendEstimate(attempt: Attempt, estimate: Buffer): AttemptEnd {
  const { context, target, trace, provider } = attempt;
  trace.warn({ code: 'tokens_estimated', detail: target.id });
  const headers = { raw: [], scrub: provider.scrub };
  // No model to compare: this commit cannot fail.
  commit(attempt, { model: null, status: 200, headers, wholeBytes: estimate.length });
  context.incoming.reply.end(estimate);
  return { kind: 'answered', signatures: [] };
}
