import { USUAL_DRAIN_MS } from '../model-record.ts';
import { isDue } from './due.ts';
import { type ResidentView, roomFor, type RoomNeeded } from './eviction.ts';
import { firmObstacle, obstacleOf } from './obstacles.ts';
import type { Candidate, ScheduleView } from './schedule-view.ts';

/** What to do now. */
export type Decision =
  | { readonly kind: 'switch'; readonly candidate: Candidate; readonly evict: readonly string[] }
  /** There would be no room even if all went that may go at some time. */
  | { readonly kind: 'refuse'; readonly candidate: Candidate }
  /** Models that were displaced by a claim have no way back: others use the memory. */
  | { readonly kind: 'leave'; readonly candidate: Candidate }
  | { readonly kind: 'wait' };

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

const RANKS: Readonly<Record<Candidate['cause'], number>> = { burst: 0, request: 1, return: 2 };

/** The candidates that may be loaded by now, whose turn it is first. */
export function inOrder(view: ScheduleView): readonly Candidate[] {
  const rank = (each: Candidate): number =>
    RANKS[each.cause] * 4 + (isDue(view, each) ? 0 : each.idleOnly ? 3 : each.background ? 2 : 1);
  return view.candidates
    .filter((each) => view.now >= each.notBefore)
    .sort((a, b) => (rank(a) === rank(b) ? a.since - b.since : rank(a) - rank(b)));
}

/** What has to be unloaded for a candidate, apart from which models may be. */
export function roomNeeded(
  { freeAfter }: Pick<ScheduleView, 'freeAfter'>,
  candidate: Candidate,
): Omit<RoomNeeded, 'may'> {
  const must = (each: ResidentView): boolean =>
    (candidate.holdsOne && each.provider === candidate.provider) ||
    (candidate.cause === 'burst' && each.canUnload && !each.pinned);
  return { needBytes: candidate.resident ? 0 : candidate.needBytes, freeAfter, must };
}

function decideOn(view: ScheduleView, candidate: Candidate): Decision {
  const others = view.residents.filter(({ target }) => target !== candidate.target);
  const room = roomNeeded(view, candidate);
  const roomOf = (may: RoomNeeded['may']): readonly string[] | null =>
    roomFor(others, { ...room, may }, view.now);
  const spare = roomOf((each) => obstacleOf(view, candidate, each) === null);
  if (spare !== null) return { kind: 'switch', candidate, evict: spare };
  const evict = roomOf((each) => firmObstacle(view, candidate, each) === null);
  const isBusy = others.some(({ target, inFlight }) => inFlight > 0 && evict?.includes(target) === true);
  if (evict !== null && isDue(view, candidate, isBusy ? USUAL_DRAIN_MS : 0))
    return { kind: 'switch', candidate, evict };
  if (candidate.cause === 'return')
    return others.some(({ claim }) => claim === 'over') ? { kind: 'wait' } : { kind: 'leave', candidate };
  return couldFit(room.needBytes, view.freeAtBest(candidate.target))
    ? { kind: 'wait' }
    : { kind: 'refuse', candidate };
}

/** Is there room, as far as it is known? */
export function couldFit(needBytes: number | null, freeBytes: number | null): boolean {
  return needBytes === null || freeBytes === null || needBytes <= freeBytes;
}
