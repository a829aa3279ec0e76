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
import { reasonSchema, refuseIneligible, switchWarnings } from '../../../../switch-request.ts';
import { subjectView, type AssignmentView } from '../../../../views/assignment.ts';
import { presentState, switchedSchema, switchedView } from '../../../../views/switched.ts';

/** `POST /api/debug/models/{node}/undo`: one step back, further with each call. */
export function registerNodeUndo(app: ControlPlane, ports: HttpPorts): void {
  const { registry } = ports;
  app.post(
    '/api/debug/models/:node/undo',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Take the last change of a node, or of lane:NAME, back',
        params: z.object({ node: z.string() }),
        body: z.strictObject({ reason: reasonSchema, force: z.boolean().optional() }),
        response: { 200: switchedSchema },
      },
    },
    async (request) => {
      const { body, actor } = request;
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      const asked = assignmentSubject(request.params.node, registry);
      const { subject } = asked;
      const previous = view(asked);
      let overruled: readonly Ineligibility[] = [];
      await registry.undo(
        { user: null, subject },
        (assignment) => {
          overruled = check(asked, assignment, body.force === true);
        },
        { reason: body.reason ?? null, actor, ifGeneration },
      );
      const after = assignmentSubject(subject, registry);
      const warnings = switchWarnings(askingOf(after), overruled);
      return switchedView(subject, registry.snapshot.generation, view(after), previous, warnings);
    },
  );

  function view(asked: AssignmentSubject): AssignmentView {
    return subjectView(asked, presentState(ports));
  }

  /** What the way back would go against; throws unless forced. */
  function check(asked: AssignmentSubject, to: Assignment, force: boolean): readonly Ineligibility[] {
    const target = switchTargetOf(to);
    if (target === null) return [];
    const checked = checkTarget(askingOf(asked), target, registry.snapshot);
    if (!force) refuseIneligible(asked.subject, checked);
    return checked.unfit;
  }
}

function askingOf(asked: AssignmentSubject): SwitchSubject {
  return asked.kind === 'node' ? asked.node : laneSubject(asked.lane);
}

function switchTargetOf({ model, lane }: Assignment): SwitchTarget | null {
  if (lane !== null) return { lane };
  return model === null ? null : parseModelId(model);
}
