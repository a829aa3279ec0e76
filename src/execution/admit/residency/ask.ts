import type { AcquireOptions, LeaseAnswer, LeaseLane } from '../../../protocol/lease.ts';
import type { LaneEntry } from '../../../routing/snapshot.ts';
import type { Residency } from './residency.ts';

/** Asks for the right to use a model as it is now, without waiting for it. */
export function askNow(
  residency: Residency,
  target: string,
  lane: LeaseLane | null,
  options: Omit<AcquireOptions, 'wait'>,
): LeaseAnswer {
  const answer = residency.acquire(target, lane, { ...options, wait: false });
  if (answer instanceof Promise) throw new Error('a pool answered a question without a wait later');
  return answer;
}

/** The lane of a request, as pools of memory know it. */
export function leaseLane(lane: LaneEntry | null): LeaseLane | null {
  return lane === null ? null : { name: lane.name, burst: lane.burst === true };
}
