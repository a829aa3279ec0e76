import type { Provider } from '../../providers/provider.ts';
import type { ModelEntry } from '../../routing/snapshot.ts';
import type { AttemptEnd } from './attempt-context.ts';
import { commit } from '../commit/commit.ts';
import type { Job } from '../request-context.ts';
import type { ExecutionPorts } from '../ports.ts';
import { warn } from './prepare-request.ts';

/** Answers with Laneway's own estimate, for a target whose server has no endpoint for the request. */
export function answerEstimate(
  job: Job,
  estimate: Buffer,
  target: ModelEntry,
  { scrub }: Provider,
  { clock }: ExecutionPorts,
): AttemptEnd {
  warn(job, { code: 'tokens_estimated', detail: target.id });
  job.ended('attempt', clock.now());
  commit(job, target, 200, { raw: [], scrub }, estimate.length, clock.now());
  job.incoming.reply.end(estimate);
  return { kind: 'answered', signatures: [] };
}
