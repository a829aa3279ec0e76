import type { Failure } from '../../protocol/failure.ts';
import type { PlanEntry } from '../../routing/plan.ts';
import type { RequestRun } from './attempt-context.ts';

/**
 * Could this be how the end of the model's server looks: a connection that was refused or cut, a stream without an event,
 * or a 5xx of the router in front of it?
 */
export function mayBeLost({ class: failureClass, code, status }: Failure): boolean {
  if (failureClass === 'not_sent' || failureClass === 'malformed') return true;
  if (failureClass !== 'unanswered') return false;
  return code === 'upstream_disconnected' || (status !== null && status >= 500);
}

/** Is the model of this entry no longer in memory after this failure? Asks its engine, which takes milliseconds. */
export async function wasLost(
  { ports: { health, residency } }: RequestRun,
  { link: { target } }: PlanEntry,
  failure: Failure,
): Promise<boolean> {
  const isMissing = failure.class === 'loading' || mayBeLost(failure);
  if (!isMissing || !residency.manages(target.id)) return false;
  await residency.look(target.id);
  return health.residency.get(target.id)?.resident === false;
}
