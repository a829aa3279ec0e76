import { z } from 'zod';

import { parseModelId } from '../../../../../protocol/model-id.ts';
import {
  checkTarget,
  laneSubject,
  type SwitchSubject,
  type SwitchTarget,
  type Ineligibility,
} from '../../../../../routing/fitness.ts';
import type { Assignment } from '../../../../../routing/snapshot.ts';
import { requireGeneration } from '../../../../if-match.ts';
import type { ControlPlane } from '../../../../control-plane.ts';
import type { HttpPorts } from '../../../../ports.ts';
import { assignmentSubject, type AssignmentSubject } from '../../../../subject.ts';
import {
  outlookWarnings,
  reasonSchema,
  rejectIneligible,
  roomWarnings,
  switchWarnings,
  withRoom,
} from '../../../../switch-request.ts';
import { subjectView, type AssignmentView } from '../../../../views/assignment.ts';
import { currentSources, switchedSchema, switchedView } from '../../../../views/switched.ts';

/** `POST /api/debug/models/{node}/undo`: one step back; each further call goes one step further. */
export function registerNodeUndo(app: ControlPlane, ports: HttpPorts): void {
  const { registry } = ports;
  app.post(
    '/api/debug/models/:node/undo',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Undo the last change to a node or to lane:NAME',
        params: z.object({ node: z.string() }),
        body: z.strictObject({ reason: reasonSchema, force: z.boolean().optional() }),
        response: { 200: switchedSchema },
      },
    },
    async (request) => {
      const { body, actor } = request;
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      const before = assignmentSubject(request.params.node, registry);
      const { subject } = before;
      const previous = view(before);
      let overruled: readonly Ineligibility[] = [];
      await registry.undo(
        { user: null, subject },
        (assignment) => {
          overruled = check(before, assignment, body.force === true);
        },
        { reason: body.reason ?? null, actor, ifGeneration },
      );
      const after = assignmentSubject(subject, registry);
      const warnings = switchWarnings(switchSubjectOf(after), overruled);
      // Nothing refuses a default.
      if (overruled.length === 0) warnings.push(...roomWarnings(assignedTo(after), ports));
      warnings.push(...outlookWarnings(after, null, ports));
      return switchedView(subject, registry.snapshot.generation, view(after), previous, warnings);
    },
  );

  function view(of: AssignmentSubject): AssignmentView {
    return subjectView(of, currentSources(ports));
  }

  /** Returns the checks that the undo would overrule; throws unless forced. */
  function check(of: AssignmentSubject, to: Assignment, force: boolean): readonly Ineligibility[] {
    const target = switchTargetOf(to);
    if (target === null) return [];
    const checked = withRoom(checkTarget(switchSubjectOf(of), target, registry.snapshot), ports);
    if (!force) rejectIneligible(of.subject, checked);
    return checked.unfit;
  }
}

/** The model that a node or lane is assigned to, as `roomWarnings` takes it. */
function assignedTo(of: AssignmentSubject): { subject: string; model: string }[] {
  const model = of.kind === 'node' ? of.node.assignment.model : (of.lane.override?.model ?? null);
  return model === null ? [] : [{ subject: of.subject, model }];
}

function switchSubjectOf(of: AssignmentSubject): SwitchSubject {
  return of.kind === 'node' ? of.node : laneSubject(of.lane);
}

function switchTargetOf({ model, lane }: Assignment): SwitchTarget | null {
  if (lane !== null) return { lane };
  return model === null ? null : parseModelId(model);
}
