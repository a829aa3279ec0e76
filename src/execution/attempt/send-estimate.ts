import { commit } from '../commit/commit.ts';
import type { Attempt, AttemptEnd } from './attempt-context.ts';

/** Answers with Laneway's own estimate, for a target whose server has no endpoint for the request. */
export function sendEstimate(attempt: Attempt, estimate: Buffer): AttemptEnd {
  const { context, target, provider } = attempt;
  context.trace.warn({ code: 'tokens_estimated', detail: target.id });
  const headers = { raw: [], scrub: provider.scrub };
  commit(attempt, { model: null, status: 200, headers, wholeBytes: estimate.length });
  context.incoming.reply.end(estimate);
  return { kind: 'answered', signatures: [] };
}
