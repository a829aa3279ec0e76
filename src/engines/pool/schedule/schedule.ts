import { type ResidentView, roomFor } from './eviction.ts';
import { USUAL_DRAIN_MS } from '../model-record.ts';
import type { ThermalLevel } from '../../sensors/thermal.ts';
import type { PoolSettings } from '../settings.ts';
import type { SwitchCause } from '../switch/switch-state.ts';

/** A model that is not resident and is wanted. Times in monotonic ms. */
export interface Candidate {
  readonly target: string;
  readonly provider: string;
  readonly cause: Extract<SwitchCause, 'request' | 'burst' | 'return'>;
  /** Bytes; null: unknown. */
  readonly needBytes: number | null;
  /** Since when a request waits for it. */
  readonly since: number;
  /** Nobody is kept waiting: its requests have gone elsewhere. It is loaded when that disturbs nobody. */
  readonly idleOnly: boolean;
  /** Requests that have gone elsewhere. */
  readonly missed: number;
  /** Only background requests wait for it. */
  readonly background: boolean;
  readonly loadMs: number | null;
  /** Its engine holds one model at a time. */
  readonly holdsOne: boolean;
  /** Not before that: its last switch was postponed. */
  readonly notBefore: number;
  /** The target of a claim may be resident already; then only the others go. */
  readonly resident: boolean;
}

/** All that a decision depends on. */
export interface ScheduleView {
  readonly now: number;
  readonly settings: PoolSettings;
  readonly candidates: readonly Candidate[];
  readonly residents: readonly ResidentView[];
  /** Bytes that are free once these are unloaded; null: unknown. */
  readonly freeAfter: (targets: readonly string[]) => number | null;
  /** The same if all went, this model aside, that may go at some time. */
  readonly freeAtBest: (target: string) => number | null;
  /** The share of the last minutes that went into swaps. */
  readonly swapShare: number;
  readonly thermal: ThermalLevel;
}

/** What to do now. */
export type Decision =
  | { readonly kind: 'switch'; readonly candidate: Candidate; readonly evict: readonly string[] }
  /** There would be no room even if all went that may go at some time. */
  | { readonly kind: 'refuse'; readonly candidate: Candidate }
  /** Models that were displaced by a claim have no way back: others use the memory. */
  | { readonly kind: 'leave'; readonly candidate: Candidate }
  | { readonly kind: 'wait' };

/** Above this share of the time, models have to be idle for longer before they are swapped. */
const SWAP_BUDGET = 0.25;
const UNKNOWN_LOAD_MS = 10_000;
/** Unloading, settling and probing. */
const SWITCH_MS = 2_000;
/** What serving a request here is worth: a swap has to save as much as it costs. */
const MISSED_MS = 10_000;
/** Beyond the swap budget, an idle model is left alone for so many times longer. */
const OVER_BUDGET = 4;
/** An idle model is left alone for as long as the swap and the way back would take, but no longer than this. */
const LONGEST_QUIET_MS = 60_000;

/**
 * Which waiting model is loaded next, and what is unloaded for it. Who has waited for almost `max_wait_s` goes first, in
 * order of age, and nobody takes the memory that it waits for; otherwise foreground before background, the oldest first.
 * What needs no eviction is loaded at once.
 */
export function decide(view: ScheduleView): Decision {
  if (view.thermal === 'hard') return { kind: 'wait' };
  for (const candidate of inOrder(view)) {
    const decision = decideOn(view, candidate);
    if (decision.kind !== 'wait') return decision;
    if (candidate.cause === 'burst' || isDue(view, candidate)) return decision;
  }
  return { kind: 'wait' };
}

/** Has its oldest request waited so long that loading has to begin? `drainMs`: until the models that go for it are idle. */
export function isDue(
  { now, settings }: Pick<ScheduleView, 'now' | 'settings'>,
  candidate: Candidate,
  drainMs = USUAL_DRAIN_MS,
): boolean {
  if (candidate.cause !== 'request' || candidate.idleOnly) return false;
  const loadMs = candidate.loadMs ?? UNKNOWN_LOAD_MS;
  const lead = Math.min(SWITCH_MS + loadMs + drainMs, settings.maxWaitMs / 2);
  return now - candidate.since >= settings.maxWaitMs - lead;
}

const RANKS: Readonly<Record<Candidate['cause'], number>> = { burst: 0, request: 1, return: 2 };

function inOrder(view: ScheduleView): readonly Candidate[] {
  const rank = (each: Candidate): number =>
    RANKS[each.cause] * 4 + (isDue(view, each) ? 0 : each.idleOnly ? 3 : each.background ? 2 : 1);
  return view.candidates
    .filter((each) => view.now >= each.notBefore)
    .sort((a, b) => (rank(a) === rank(b) ? a.since - b.since : rank(a) - rank(b)));
}

function decideOn(view: ScheduleView, candidate: Candidate): Decision {
  const others = view.residents.filter(({ target }) => target !== candidate.target);
  const must = (each: ResidentView): boolean =>
    (candidate.holdsOne && each.provider === candidate.provider) ||
    (candidate.cause === 'burst' && each.canUnload && !each.pinned);
  const needBytes = candidate.resident ? 0 : candidate.needBytes;
  const room = { needBytes, freeAfter: view.freeAfter, must };
  const spare = roomFor(others, { ...room, may: (each) => canBeSpared(view, candidate, each) }, view.now);
  if (spare !== null) return { kind: 'switch', candidate, evict: spare };
  const evict = roomFor(others, { ...room, may: (each) => mayGo(view, candidate, each) }, view.now);
  const isBusy = others.some(({ target, inFlight }) => inFlight > 0 && evict?.includes(target) === true);
  if (evict !== null && isDue(view, candidate, isBusy ? USUAL_DRAIN_MS : 0))
    return { kind: 'switch', candidate, evict };
  if (candidate.cause === 'return')
    return others.some(({ claim }) => claim === 'over') ? { kind: 'wait' } : { kind: 'leave', candidate };
  return couldFit(needBytes, view.freeAtBest(candidate.target))
    ? { kind: 'wait' }
    : { kind: 'refuse', candidate };
}

/** Is there room, as far as it is known? */
export function couldFit(needBytes: number | null, freeBytes: number | null): boolean {
  return needBytes === null || freeBytes === null || needBytes <= freeBytes;
}

/** May this model be unloaded for the candidate at all? */
function mayGo({ now, settings }: ScheduleView, candidate: Candidate, resident: ResidentView): boolean {
  if (candidate.cause === 'return') return resident.claim === 'over' && resident.inFlight === 0;
  if (resident.claim === 'held') return false;
  return resident.claim === 'over' || now - resident.loadedAt >= settings.minResidencyMs;
}

/** May this model be unloaded before the candidate is due, at the latest when its requests have ended? */
function canBeSpared(view: ScheduleView, candidate: Candidate, resident: ResidentView): boolean {
  const { now, settings } = view;
  if (!mayGo(view, candidate, resident)) return false;
  // The end of a claim is the turn of the others.
  if (candidate.cause !== 'request' || resident.claim === 'over') return true;
  const swapMs = (resident.loadMs ?? UNKNOWN_LOAD_MS) + (candidate.loadMs ?? UNKNOWN_LOAD_MS);
  if (candidate.idleOnly && (resident.inFlight > 0 || candidate.missed * MISSED_MS < swapMs)) return false;
  if (resident.inFlight > 0 || resident.begun >= settings.batch) return resident.begun >= settings.batch;
  if (view.thermal === 'soft') return false;
  const quiet = swapMs * (view.swapShare > SWAP_BUDGET ? OVER_BUDGET : 1);
  return now - resident.lastUsedAt >= Math.min(quiet, LONGEST_QUIET_MS);
}
