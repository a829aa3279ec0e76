import { USUAL_DRAIN_MS } from '../model-record.ts';
import type { Candidate, ScheduleView } from './schedule-view.ts';

/** What a load probably takes that was never measured, in ms. */
export const UNKNOWN_LOAD_MS = 10_000;
/** Unloading, settling and probing. */
const SWITCH_MS = 2_000;

/** Has its oldest request waited so long that loading has to begin? `drainMs`: until the models that go for it are idle. */
export function isDue(
  view: Pick<ScheduleView, 'now' | 'settings'>,
  candidate: Candidate,
  drainMs = USUAL_DRAIN_MS,
): boolean {
  return view.now >= dueAt(view, candidate, drainMs);
}

/** When that is, in monotonic ms; Infinity: nobody is kept waiting. */
export function dueAt(
  { settings }: Pick<ScheduleView, 'settings'>,
  candidate: Candidate,
  drainMs = USUAL_DRAIN_MS,
): number {
  if (candidate.cause !== 'request' || candidate.idleOnly) return Infinity;
  const loadMs = candidate.loadMs ?? UNKNOWN_LOAD_MS;
  const lead = Math.min(SWITCH_MS + loadMs + drainMs, settings.maxWaitMs / 2);
  return candidate.since + settings.maxWaitMs - lead;
}
