/** A model in memory, as far as making room is concerned. Times in monotonic ms. */
export interface ResidentView {
  readonly target: string;
  readonly provider: string;
  /** Requests that it serves now. */
  readonly inFlight: number;
  readonly loadedAt: number;
  readonly lastUsedAt: number;
  /** How long loading it again would take; null: unknown. */
  readonly loadMs: number | null;
  readonly pinned: boolean;
  /** Its engine can unload it. */
  readonly canUnload: boolean;
  /** Requests that it has begun since another model waits. */
  readonly begun: number;
  /** What its requests in flight probably still take. */
  readonly drainMs: number;
  /** A claim of the pool holds it, or has ended and left it behind. */
  readonly claim: 'held' | 'over' | null;
}

/** What has to be free, and who may be asked for it. */
export interface RoomNeeded {
  /** Bytes; null: unknown, so that everything else has to go. */
  readonly needBytes: number | null;
  /** Bytes that are free once these are unloaded; null: the size of the pool is unknown. */
  readonly freeAfter: (targets: readonly string[]) => number | null;
  /** Has to go in any case. */
  readonly must: (resident: ResidentView) => boolean;
  readonly may: (resident: ResidentView) => boolean;
}

const UNKNOWN_LOAD_MS = 10_000;
/** An ordinary pause between two requests of a conversation: a model that is idle for less may be in the middle of one. */
const PAUSE_MS = 10_000;

/**
 * How well a model is suited to make room: idle time ÷ load cost, so that a model that loads slowly stays longer
 * (the policy of Lemonade's `auto_evict`). Requests in flight add to the cost, since the next load waits for their end: a
 * busy model goes before an idle one only if that one loads far more slowly and was used a moment ago.
 */
export function evictionScore(resident: ResidentView, now: number): number {
  const { inFlight, lastUsedAt, drainMs } = resident;
  const loadMs = Math.max(1, resident.loadMs ?? UNKNOWN_LOAD_MS);
  if (inFlight > 0) return PAUSE_MS / (loadMs + drainMs);
  return (PAUSE_MS + Math.max(0, now - lastUsedAt)) / loadMs;
}

/** What to unload so that a model fits: as few as the order of the score allows. null: that cannot be done. */
export function roomFor(
  residents: readonly ResidentView[],
  { needBytes, freeAfter, must, may }: RoomNeeded,
  now: number,
): readonly string[] | null {
  const removable = residents.filter((each) => each.canUnload && !each.pinned && may(each));
  if (residents.some((each) => must(each) && !removable.includes(each))) return null;
  const order = [...removable].sort((a, b) => evictionScore(b, now) - evictionScore(a, now));
  const fits = (chosen: readonly ResidentView[]): boolean => {
    const free = freeAfter(chosen.map(({ target }) => target));
    if (needBytes !== null && free !== null) return needBytes <= free;
    // Nothing says that two fit side by side.
    return (
      needBytes === 0 || residents.every((each) => chosen.includes(each) || !each.canUnload || each.pinned)
    );
  };
  let chosen = order.filter(must);
  for (const each of order) {
    if (fits(chosen)) break;
    if (!must(each)) chosen.push(each);
  }
  if (!fits(chosen)) return null;
  // Those that were added first are suited best, so the last are spared first.
  for (const each of [...chosen].reverse()) {
    const rest = chosen.filter((other) => other !== each);
    if (!must(each) && fits(rest)) chosen = rest;
  }
  return chosen.map(({ target }) => target);
}
