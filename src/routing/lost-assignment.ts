import type { Warning } from '../protocol/wire.ts';
import { findModel } from './name.ts';
import type { Destination } from './plan.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The warning of a request to a node or lane that was switched to a lane or model which the configuration no longer has;
 * null where there is nothing to report. What the configuration itself names was validated when it was loaded.
 */
export function lostAssignment(destination: Destination, snapshot: Snapshot): Warning | null {
  const target = switchedTo(destination);
  if (target === null) return null;
  const isLost =
    target.lane === null
      ? findModel(target.model ?? '', snapshot) === null
      : !snapshot.lanes.has(target.lane);
  if (!isLost) return null;
  const label = target.model ?? `lane:${target.lane ?? ''}`;
  const detail = `${destination.requested}: switched to ${label}, which is not configured; the rest of the plan answers`;
  return { code: 'switch_without_target', detail };
}

function switchedTo(
  destination: Destination,
): { readonly model: string | null; readonly lane: string | null } | null {
  switch (destination.kind) {
    case 'node':
      return destination.node.override === null ? null : destination.node.assignment;
    case 'lane':
      return destination.lane.override === null
        ? null
        : { model: destination.lane.override.model, lane: null };
    case 'model':
      return null;
  }
}
