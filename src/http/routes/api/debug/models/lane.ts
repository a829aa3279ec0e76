import type { z } from 'zod';

import { GatewayError } from '../../../../../protocol/errors.ts';
import { checkTarget, laneSubject, type CheckedTarget } from '../../../../../routing/fitness.ts';
import type { LaneEntry, OverrideNote } from '../../../../../routing/snapshot.ts';
import type { HttpPorts } from '../../../../ports.ts';
import { preflight, type SwitchCall } from '../../../../preflight/preflight.ts';
import {
  expiryOf,
  outlookWarnings,
  rejectIneligible,
  rollbackOf,
  rollbackWarnings,
  type switchSchema,
  switchTarget,
  switchWarnings,
  withRoom,
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
export interface SubjectSwitch {
  readonly name: string;
  readonly call: SwitchCall & {
    readonly request: { readonly actor: string; readonly body: z.infer<typeof switchSchema> };
  };
  readonly ifGeneration: number | null;
  readonly warnings: SwitchedView['warnings'];
}

/** `PUT /api/debug/models/lane:NAME`: puts a model first in the chain of a lane, as the model bar does. */
export async function switchLane(
  { name, call, ifGeneration, warnings: given }: SubjectSwitch,
  ports: HttpPorts,
): Promise<SwitchedView | z.infer<typeof dryRunSchema>> {
  const { registry, clock } = ports;
  const { body, actor } = call.request;
  const lane = registry.lane(name);
  const subject = `lane:${name}`;
  const target = switchTarget(body);
  if ('lane' in target) {
    const message = `lane "${name}" takes a model, not another lane: set "provider" and "model_id"`;
    throw new GatewayError('invalid_body', message, { param: 'lane' });
  }
  const checked = withRoom(checkTarget(laneSubject(lane), target, registry.snapshot), ports);
  const forced = body.force === true ? checked.unfit : [];
  const warnings = [...switchWarnings(laneSubject(lane), forced), ...given];
  const expiresAt = (): string | null => expiryOf(body.expires_in_s, clock.wall());
  const reason = body.reason ?? null;
  const previous = laneAssignmentView(lane, currentSources(ports));
  if (body.dry_run !== true && body.force !== true) rejectIneligible(`the lane "${name}"`, checked);
  const at = new Date(clock.wall()).toISOString();
  const wanted = switchedLane(lane, checked, { reason, actor, expiresAt: expiresAt(), at });
  const tested = { switched: { kind: 'lane', lane: wanted }, user: null, body } as const;
  const { shown, warnings: failures } = await preflight(tested, call, ports);
  warnings.push(...failures);
  if (body.dry_run === true) {
    const after = switchedLaneView(wanted, ports);
    warnings.push(...outlookWarnings(tested.switched, null, ports));
    return {
      ...switchedView(subject, registry.snapshot.generation, after, previous, warnings),
      dry_run: true as const,
      fit: checked.unfit.length === 0,
      reasons: [...checked.unfit],
      ...shown,
    };
  }
  const key = { user: null, subject };
  // Counted from now: the preflight has taken its time.
  const note = { reason, actor, expiresAt: expiresAt(), ifGeneration, ...rollbackOf(body) };
  await registry.assign(key, checked.assignment, note);
  const switched = registry.lane(name);
  const after = laneAssignmentView(switched, currentSources(ports));
  warnings.push(...rollbackWarnings(body, key, ports));
  warnings.push(...outlookWarnings({ kind: 'lane', lane: switched }, null, ports));
  return { ...switchedView(subject, registry.snapshot.generation, after, previous, warnings), ...shown };
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
