import type { LoadDemand } from '../../protocol/lease.ts';
import type { Failure } from '../../protocol/failure.ts';
import type { Plan, PlanEntry } from '../../routing/plan.ts';
import type { ResidencyMap } from '../../routing/residency.ts';
import type { Held } from '../admit/gate.ts';
import type { Entrant, RefusalCode, Refused } from '../admit/target-gate.ts';
import { entrantOf, inSeconds, waitForRoom } from '../admit/waiting.ts';
import type { RequestRun } from './attempt-context.ts';
import { deadlineFailure } from './failures.ts';
import { mayHold } from './overflow.ts';
import { isOverdue } from './retry.ts';
import { shutdownFailure } from './shutdown.ts';

/** Whether the next attempt of a request may begin. */
export type Entering =
  /** At this one, which is the first of the entries now. */
  | { readonly kind: 'entered'; readonly entry: PlanEntry; readonly held: Held | null }
  /** Not at these, which have been taken out of the entries. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** Not at this one, which is the first of the entries; the plan goes on. */
  | { readonly kind: 'unavailable'; readonly entry: PlanEntry; readonly failure: Failure }
  | { readonly kind: 'client_gone' };

/** Why a request got no room. */
export interface Refusal {
  readonly code: RefusalCode;
  /** Each target with what to say of it, to follow its name. */
  readonly targets: ReadonlyMap<string, string>;
  /** Milliseconds until there may be room; null: unknown. */
  readonly retryAfterMs: number | null;
}

/** A shorter wait is no warning. */
const NOTEWORTHY_MS = 50;

/** A target without room. */
interface Full {
  readonly entry: PlanEntry;
  readonly refused: Refused;
}

/**
 * Gets room at the first of the entries that remain of a plan. If it is full, the first other one that could answer at
 * once moves to the front, without an attempt being counted; where there is none, the request waits for all that are
 * full, and the first one with room moves to the front. `tooSmall`: the largest window in tokens that has proved too small.
 */
export async function enterTarget(
  run: RequestRun,
  entries: PlanEntry[],
  tooSmall: number,
): Promise<Entering> {
  const { context, plan, snapshot, ports } = run;
  const entrant = entrantOf(context, plan.lane, snapshot);
  const waitedBefore = context.waitedMs;
  for (;;) {
    const [first] = entries;
    if (first === undefined) throw new Error('no entry to enter');
    const asked = ports.gate.tryEnter(first.link.target, {
      ...entrant,
      demand: demandFor(run, first, entries),
    });
    if (asked.kind === 'entered') {
      noteWait(run, first, waitedBefore);
      return { kind: 'entered', entry: first, held: asked.pass };
    }
    if (asked.kind === 'unavailable') {
      const isLoad = asked.failure.class === 'loading';
      if (isLoad) context.loads ??= first.link.target.id;
      // Of a model that was not in memory before, the plan says more.
      if (!isLoad || first.deferral === null) noteFull(run, first, asked.failure.summary);
      return { kind: 'unavailable', entry: first, failure: asked.failure };
    }
    let waitsFor: readonly [Full, ...Full[]] = [{ entry: first, refused: asked }];
    if (asked.kind === 'full') {
      const others = entries.filter(
        (entry) =>
          isAlternative(entry, first, plan, ports.health.residency) && mayHold(entry.link.target, tooSmall),
      );
      const found = enterAnother(run, others, entrant);
      if ('entry' in found) {
        const { entry, held } = found;
        noteFull(run, first, `${asked.reason}: the request went on to ${entry.link.target.id}`);
        moveToFront(entries, entry);
        return { kind: 'entered', entry, held };
      }
      waitsFor = [...waitsFor, ...found.full];
    }
    const end = await waitForAny(run, entries, entrant, waitsFor);
    if (end?.kind === 'entered') noteWait(run, end.entry, waitedBefore);
    if (end !== null) return end;
  }
}

/** A request has one model loaded at most, and at once only if no other target can answer it. */
function demandFor(
  { context, plan, ports: { health } }: RequestRun,
  first: PlanEntry,
  entries: readonly PlanEntry[],
): LoadDemand {
  if (context.loads !== null && context.loads !== first.link.target.id) return 'none';
  const { residency } = health;
  return entries.some((entry) => isAlternative(entry, first, plan, residency)) ? 'idle' : 'load';
}

/**
 * May the request go to this entry because the first one is full or not in memory? A deferred one is no better, and one
 * that is not loaded would take longer, and might displace the model that the request waits for. Vectors and scores of
 * two models must not mix only because one is busy. `residency`: as it is now.
 */
export function isAlternative(
  { link: { target }, deferral }: PlanEntry,
  first: PlanEntry,
  { facts }: Plan,
  residency: ResidencyMap,
): boolean {
  const firstId = first.link.target.id;
  if (target.id === firstId || facts.kind !== 'chat') return false;
  const isPresent = residency.get(target.id)?.resident;
  // It was not in memory when the plan was made, and may be now.
  const isDeferred = deferral !== null && !(deferral.code === 'loading' && isPresent === true);
  if (isDeferred && (first.deferral === null || residency.get(firstId)?.resident === false)) return false;
  return isPresent ?? (target.status !== 'unloaded' && target.status !== 'loading');
}

/** Room at the first of the entries that has some, else those that are full. */
function enterAnother(
  { plan, ports: { gate } }: RequestRun,
  others: readonly PlanEntry[],
  entrant: Entrant,
): { readonly entry: PlanEntry; readonly held: Held | null } | { readonly full: readonly Full[] } {
  const full: Full[] = [];
  for (const entry of others) {
    const { target } = entry.link;
    if (!gate.concerns(target, plan.lane)) return { entry, held: null };
    const asked = gate.tryEnter(target, entrant);
    if (asked.kind === 'entered') return { entry, held: asked.pass };
    if (asked.kind === 'full') full.push({ entry, refused: asked });
  }
  return { full };
}

/** null: ask again. */
async function waitForAny(
  run: RequestRun,
  entries: PlanEntry[],
  entrant: Entrant,
  waitsFor: readonly [Full, ...Full[]],
): Promise<Entering | null> {
  const { context, snapshot, ports, totalAt } = run;
  const { now } = ports.clock;
  const since = now();
  const withinMs = Math.min(entrant.queue.waitMs - context.waitedMs, totalAt - since);
  // Models of one provider share its queue.
  const queues = [...new Set(waitsFor.map(({ refused }) => refused.queue))];
  const end = await waitForRoom(context, entrant, queues, { withinMs, now });
  const waited = inSeconds(now() - since);
  if (context.trace.attempts.length === 0) context.trace.phaseEnded('admit', now());
  switch (end.kind) {
    case 'entered':
    case 'opened': {
      for (const { entry, refused } of waitsFor)
        noteFull(run, entry, `${refused.reason}: the request waited ${waited}`);
      if (end.kind === 'opened') return null;
      const { entry } = waitsFor.find(({ refused }) => refused.queue === end.queue) ?? waitsFor[0];
      moveToFront(entries, entry);
      return { kind: 'entered', entry, held: end.held };
    }
    case 'client_gone':
      return end;
    case 'aborted':
      return { kind: 'failed', failure: shutdownFailure(false) };
    case 'late':
      if (!isOverdue(run))
        return refuse(run, entries, waitsFor, 'queue_timeout', `waited ${inSeconds(context.waitedMs)}`);
      return { kind: 'failed', failure: deadlineFailure('total', { ...run, deadlines: snapshot.deadlines }) };
    case 'queue_full':
      return refuse(run, entries, waitsFor, 'queue_full', 'no more requests may wait');
  }
}

function refuse(
  run: RequestRun,
  entries: PlanEntry[],
  waitsFor: readonly [Full, ...Full[]],
  code: RefusalCode,
  why: string,
): Entering {
  const targets = new Map<string, string>();
  const waits: number[] = [];
  for (const { entry, refused } of waitsFor) {
    refused.refused(code);
    const { id } = entry.link.target;
    const isFull = refused.kind === 'full';
    const delay = isFull ? null : run.ports.residency.waitOf(id).delay;
    const reason = delay === null ? refused.reason : `${refused.reason}: ${delay}`;
    targets.set(id, isFull ? `had no room (${reason}; ${why})` : `${reason} (${why})`);
    noteFull(run, entry, `${reason}: ${why}`);
    const expected = refused.queue.expectedWaitMs();
    if (expected !== null) waits.push(expected);
    entries.splice(entries.indexOf(entry), 1);
  }
  const retryAfterMs = waits.length === 0 ? null : Math.min(...waits);
  return { kind: 'refused', refusal: { code, targets, retryAfterMs } };
}

/** The trace shows with the plan what a full target meant for the request. */
function noteFull({ context }: RequestRun, { link }: PlanEntry, full: string): void {
  context.trace.foundFull(link.target.id, full);
}

function noteWait({ context }: RequestRun, { link }: PlanEntry, waitedBefore: number): void {
  const ms = context.waitedMs - waitedBefore;
  if (ms >= NOTEWORTHY_MS)
    context.trace.warn({ code: 'waited', detail: `${inSeconds(ms)} for room at ${link.target.id}` });
}

function moveToFront(entries: PlanEntry[], entry: PlanEntry): void {
  entries.splice(entries.indexOf(entry), 1);
  entries.unshift(entry);
}
