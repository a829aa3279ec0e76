import { UNKNOWN_LOAD_MS } from './due.ts';
import type { ResidentView } from './eviction.ts';
import type { Candidate, ScheduleView } from './schedule-view.ts';

/** Why a model in memory makes no room for a candidate yet. `until`: monotonic ms. */
export type Obstacle =
  /** A claim of the pool holds it. */
  | { readonly kind: 'claimed' }
  /** It has not been in memory for its minimum time. */
  | { readonly kind: 'residency'; readonly until: number }
  /** It serves requests, and may begin more of its batch. */
  | { readonly kind: 'busy' }
  /** Too few requests of the candidate have gone elsewhere. */
  | { readonly kind: 'not_worth' }
  /** Above the soft limit of the machine, idle models go only for one that is due. */
  | { readonly kind: 'hot' }
  /** It was in use a moment ago. `isOverBudget`: it is left alone for longer, since so much time went into swaps. */
  | { readonly kind: 'recent'; readonly until: number; readonly isOverBudget: boolean };

/** Above this share of the time, models have to be idle for longer before they are swapped. */
const SWAP_BUDGET = 0.25;
/** What serving a request here is worth: a swap has to save as much as it costs. */
const MISSED_MS = 10_000;
/** Beyond the swap budget, an idle model is left alone for so many times longer. */
const OVER_BUDGET = 4;
/** An idle model is left alone for as long as the swap and the way back would take, but no longer than this. */
const LONGEST_QUIET_MS = 60_000;

/** Why this model may not be unloaded for the candidate at all; null: it may. */
export function firmObstacle(
  { now, settings }: Pick<ScheduleView, 'now' | 'settings'>,
  candidate: Candidate,
  resident: ResidentView,
): Obstacle | null {
  if (candidate.cause === 'return')
    return resident.claim === 'over' && resident.inFlight === 0 ? null : { kind: 'claimed' };
  if (resident.claim === 'held') return { kind: 'claimed' };
  const until = resident.loadedAt + settings.minResidencyMs;
  return resident.claim === 'over' || now >= until ? null : { kind: 'residency', until };
}

/**
 * Why this model may not be unloaded before the candidate is due; null: it may, at the latest when its requests have
 * ended.
 */
export function obstacleOf(
  view: ScheduleView,
  candidate: Candidate,
  resident: ResidentView,
): Obstacle | null {
  const { now, settings } = view;
  const firm = firmObstacle(view, candidate, resident);
  if (firm !== null) return firm;
  // The end of a claim is the turn of the others.
  if (candidate.cause !== 'request' || resident.claim === 'over') return null;
  const swapMs = (resident.loadMs ?? UNKNOWN_LOAD_MS) + (candidate.loadMs ?? UNKNOWN_LOAD_MS);
  const isBusy = resident.inFlight > 0;
  if (candidate.idleOnly && isBusy) return { kind: 'busy' };
  if (candidate.idleOnly && candidate.missed * MISSED_MS < swapMs) return { kind: 'not_worth' };
  if (resident.begun >= settings.batch) return null;
  if (isBusy) return { kind: 'busy' };
  if (view.thermal === 'soft') return { kind: 'hot' };
  const isOverBudget = view.swapShare > SWAP_BUDGET;
  const until = resident.lastUsedAt + Math.min(swapMs * (isOverBudget ? OVER_BUDGET : 1), LONGEST_QUIET_MS);
  return now >= until ? null : { kind: 'recent', until, isOverBudget };
}
