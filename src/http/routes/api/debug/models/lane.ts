import type { z } from 'zod';

import { GatewayError } from '../../../../../protocol/errors.ts';
import { checkTarget, laneSubject, type CheckedTarget } from '../../../../../routing/fitness.ts';
import type { LaneEntry, OverrideNote } from '../../../../../routing/snapshot.ts';
import type { HttpPorts } from '../../../../ports.ts';
import {
  expiryOf,
  outlookWarnings,
  rejectIneligible,
  type switchSchema,
  switchTarget,
  switchWarnings,
} from '../../../../switch-request.ts';
import type { AssignmentView } from '../../../../views/assignment.ts';
import { laneAssignmentView } from '../../../../views/assignment.ts';
import {
  currentSources,
  type dryRunSchema,
  type SwitchedView,
  switchedView,
} from '../../../../views/switched.ts';

/** A switch as the routes have checked it. */
export interface LaneSwitch {
  readonly name: string;
  readonly body: z.infer<typeof switchSchema>;
  readonly actor: string;
  readonly ifGeneration: number | null;
  readonly warnings: SwitchedView['warnings'];
}

/** `PUT /api/debug/models/lane:NAME`: puts a model first in the chain of a lane, as the model bar does. */
export async function switchLane(
  { name, body, actor, ifGeneration, warnings: given }: LaneSwitch,
  ports: HttpPorts,
): Promise<SwitchedView | z.infer<typeof dryRunSchema>> {
  const { registry, clock } = ports;
  const lane = registry.lane(name);
  const subject = `lane:${name}`;
  const target = switchTarget(body);
  if ('lane' in target) {
    const message = `lane "${name}" takes a model, not another lane: set "provider" and "model_id"`;
    throw new GatewayError('invalid_body', message, { param: 'lane' });
  }
  const checked = checkTarget(laneSubject(lane), target, registry.snapshot);
  const forced = body.force === true ? checked.unfit : [];
  const warnings = [...switchWarnings(laneSubject(lane), forced), ...given];
  const wall = clock.wall();
  const expiresAt = expiryOf(body.expires_in_s, wall);
  const reason = body.reason ?? null;
  const previous = laneAssignmentView(lane, currentSources(ports));
  if (body.dry_run === true) {
    const note = { reason, actor, expiresAt, at: new Date(wall).toISOString() };
    const switched = switchedLane(lane, checked, note);
    const after = switchedLaneView(switched, ports);
    warnings.push(...outlookWarnings({ kind: 'lane', lane: switched }, null, ports));
    return {
      ...switchedView(subject, registry.snapshot.generation, after, previous, warnings),
      dry_run: true as const,
      fit: checked.unfit.length === 0,
      reasons: [...checked.unfit],
    };
  }
  if (body.force !== true) rejectIneligible(`the lane "${name}"`, checked);
  await registry.assign({ user: null, subject }, checked.assignment, {
    reason,
    actor,
    expiresAt,
    ifGeneration,
  });
  const switched = registry.lane(name);
  const after = laneAssignmentView(switched, currentSources(ports));
  warnings.push(...outlookWarnings({ kind: 'lane', lane: switched }, null, ports));
  return switchedView(subject, registry.snapshot.generation, after, previous, warnings);
}

/** The lane as it would be after the switch. */
function switchedLane(lane: LaneEntry, { assignment }: CheckedTarget, note: OverrideNote): LaneEntry {
  return assignment.model === null ? lane : { ...lane, override: { ...note, model: assignment.model } };
}

/** The view of a lane that is not switched yet. */
function switchedLaneView(lane: LaneEntry, ports: HttpPorts): AssignmentView {
  const sources = currentSources(ports);
  const lanes = new Map(sources.snapshot.lanes).set(lane.name, lane);
  return laneAssignmentView(lane, { ...sources, snapshot: { ...sources.snapshot, lanes } });
}
