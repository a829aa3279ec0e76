import type { PlanEntry } from '../../../routing/plan.ts';
import type { RequestRun } from '../../attempt/attempt-context.ts';
import { isBackground } from '../waiting.ts';
import { askNow, leaseLane } from './ask.ts';

/**
 * Looks again at the models that the plan passes over since they were not in memory. The first one that has been loaded
 * meanwhile moves to this place of the entries. Of the others, the first that can be is to be loaded for later requests,
 * once that disturbs nobody.
 */
export function reviewPassedOver(run: RequestRun, entries: PlanEntry[], at: number): void {
  const { context, plan, ports } = run;
  for (const entry of plan.passedOver) {
    const { id } = entry.link.target;
    if (ports.health.residency.get(id)?.resident !== true) {
      if (context.loads === null && wantWhenIdle(run, id)) context.loads = id;
      continue;
    }
    const index = entries.indexOf(entry, at);
    if (index < 0) continue;
    entries.splice(index, 1);
    entries.splice(at, 0, entry);
    context.trace.foundFull(id, 'was loaded after the plan was made');
    return;
  }
}

/** Returns whether it can be loaded, as far as is known. */
function wantWhenIdle({ context, plan: { lane }, ports }: RequestRun, target: string): boolean {
  const options = { background: isBackground(context), deadline: 0, demand: 'idle' as const };
  const answer = askNow(ports.residency, target, leaseLane(lane), options);
  if (answer.kind === 'lease') answer.lease.release();
  return answer.kind !== 'refused';
}
