import type { Provider } from '../providers/provider.ts';
import type { ModelEntry } from '../routing/snapshot.ts';
import type { AttemptEnd } from './attempt-context.ts';
import { commit } from './commit.ts';
import type { Job } from './job.ts';
import type { ExecutionPorts } from './ports.ts';
import { warn } from './prepare.ts';

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
  job.arrival.reply.end(estimate);
  return { kind: 'answered', signatures: [] };
}
