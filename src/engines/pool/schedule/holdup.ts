import { USUAL_DRAIN_MS } from '../model-record.ts';
import { dueAt, isDue } from './due.ts';
import { type ResidentView, roomFor } from './eviction.ts';
import { type Obstacle, obstacleOf } from './obstacles.ts';
import { inOrder, roomNeeded } from './schedule.ts';
import type { Candidate, ScheduleView } from './schedule-view.ts';

/** A model in memory that does not make room for a candidate yet. */
export interface HeldRoom {
  readonly resident: ResidentView;
  readonly obstacle: Obstacle;
  /** When the obstacle ends by itself, at the latest since the candidate is due then; monotonic ms; Infinity: unknown. */
  readonly until: number;
}

/** Why a candidate is not loaded now. */
export type Holdup =
  /** This one goes first, and nobody takes the memory that it waits for. */
  | { readonly kind: 'turn'; readonly first: Candidate }
  /** These models would make room for it. */
  | { readonly kind: 'memory'; readonly held: readonly HeldRoom[] }
  /** No models would. */
  | { readonly kind: 'no_room' };

/**
 * Why `decide` does not load this candidate now, on a machine that is below its hard thermal limit; null: nothing is in
 * its way. Of several sets of models that could make room, it is the one that can do so soonest.
 */
export function holdupOf(view: ScheduleView, candidate: Candidate): Holdup | null {
  const first = goesFirst(view, candidate);
  if (first !== null) return { kind: 'turn', first };
  const others = view.residents.filter(({ target }) => target !== candidate.target);
  const held = others.flatMap((resident) => heldRoom(view, candidate, resident) ?? []);
  const untilOf = new Map(held.map(({ resident, until }) => [resident.target, until]));
  const room = roomNeeded(view, candidate);
  for (const at of [...new Set([view.now, ...untilOf.values()])].sort((a, b) => a - b)) {
    const may = ({ target }: ResidentView): boolean => (untilOf.get(target) ?? -Infinity) <= at;
    const evict = roomFor(others, { ...room, may }, view.now);
    if (evict === null) continue;
    const needed = held.filter(({ resident }) => evict.includes(resident.target));
    return needed.length === 0 ? null : { kind: 'memory', held: needed };
  }
  return { kind: 'no_room' };
}

/** Who has to be loaded before the candidate may be. */
function goesFirst(view: ScheduleView, candidate: Candidate): Candidate | null {
  const others = view.candidates.filter(({ target }) => target !== candidate.target);
  for (const each of inOrder({ ...view, candidates: [...others, candidate] })) {
    if (each === candidate) return null;
    if (each.cause === 'burst' || isDue(view, each)) return each;
  }
  return null;
}

/** null: it makes room now. */
function heldRoom(view: ScheduleView, candidate: Candidate, resident: ResidentView): HeldRoom | null {
  const obstacle = obstacleOf(view, candidate, resident);
  if (obstacle === null) return null;
  const drainMs = resident.inFlight > 0 ? USUAL_DRAIN_MS : 0;
  const until = endOf(obstacle, dueAt(view, candidate, drainMs));
  return until <= view.now ? null : { resident, obstacle, until };
}

function endOf(obstacle: Obstacle, due: number): number {
  switch (obstacle.kind) {
    case 'claimed':
      return Infinity;
    case 'residency':
      return obstacle.until;
    case 'recent':
      return Math.min(obstacle.until, due);
    case 'busy':
    case 'hot':
    case 'not_worth':
      return due;
  }
}
