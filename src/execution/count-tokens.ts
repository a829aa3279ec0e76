import type { RequestFacts } from '../protocol/facts.ts';
import type { Provider } from '../providers/provider.ts';
import type { ModelEntry } from '../routing/snapshot.ts';
import { estimatedCount } from '../wire/anthropic-messages/count-tokens.ts';
import type { AttemptEnd } from './attempt-context.ts';
import { commit } from './commit.ts';
import type { Job } from './job.ts';
import type { ExecutionPorts } from './ports.ts';
import { warn } from './prepare.ts';

/** Answers a count for a target whose server cannot count. */
export function answerEstimate(
  job: Job,
  facts: RequestFacts,
  target: ModelEntry,
  { scrub }: Provider,
  { clock }: ExecutionPorts,
): AttemptEnd {
  const body = estimatedCount(facts);
  warn(job, { code: 'tokens_estimated', detail: target.id });
  job.ended('attempt', clock.now());
  commit(job, target, 200, { raw: [], scrub }, body.length, clock.now());
  job.arrival.reply.end(body);
  return { kind: 'answered', signatures: [] };
}
