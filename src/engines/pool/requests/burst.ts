import type { BurstRecord } from '../../../protocol/engine.ts';

/** A pool's claim by a lane with `"burst": true`. Times in monotonic ms. */
export interface Claim extends BurstRecord {
  /** Of the last request of the lane: its end, or its begin while it runs or waits. */
  readonly lastUsedAt: number;
}

/** A claim without a request for so long is over. */
const QUIET_MS = 30_000;

/** Is a claim over? `busy`: a request of its target runs or waits. */
export function claimIsOver(claim: Claim, busy: boolean, othersQueueFull: boolean, now: number): boolean {
  return othersQueueFull || (!busy && now - claim.lastUsedAt >= QUIET_MS);
}

/** When a claim without further requests is over. */
export function claimEndsAt(claim: Claim): number {
  return claim.lastUsedAt + QUIET_MS;
}
