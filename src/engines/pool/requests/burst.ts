/**
 * What a start must know of a claim that a crash has cut short: which models were displaced and are to come back. Kept
 * from before the first of them is unloaded until the last is back.
 */
export interface BurstRecord {
  readonly lane: string;
  readonly target: string;
  readonly displaced: readonly string[];
}

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
