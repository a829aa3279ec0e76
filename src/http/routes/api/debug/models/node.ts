import { z } from 'zod';

import { judgeTarget, type JudgedTarget } from '../../../../../routing/fitness.ts';
import type { NodeEntry } from '../../../../../routing/snapshot.ts';
import { requireGeneration } from '../../../../if-match.ts';
import type { OwnApi } from '../../../../own-api.ts';
import type { HttpPorts } from '../../../../ports.ts';
import {
  expiryOf,
  refusePreflight,
  refuseUnfit,
  switchSchema,
  switchTarget,
  switchWarnings,
} from '../../../../switch-request.ts';
import { assignmentView } from '../../../../views/assignment.ts';
import { dryRunSchema, presentState, switchedSchema, switchedView } from '../../../../views/switched.ts';

const params = z.object({ node: z.string() });

/** `PUT` and `DELETE /api/debug/models/{node}`: the switch of one node, and the way back to its default. */
export function registerNodeSwitch(app: OwnApi, ports: HttpPorts): void {
  const { registry } = ports;

  app.put(
    '/api/debug/models/:node',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Point a node at another model or lane',
        params,
        body: switchSchema,
        response: { 200: z.union([dryRunSchema, switchedSchema]) },
      },
    },
    async (request) => {
      const { body, actor } = request;
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      refusePreflight(body);
      const node = registry.node(request.params.node);
      const judged = judgeTarget(node, switchTarget(body), registry.snapshot);
      const reason = body.reason ?? null;
      const expiresAt = expiryOf(body.expires_in_s, ports.clock.wall());
      const warnings = switchWarnings(node, body.force === true ? judged.unfit : []);
      const previous = assignmentView(node, presentState(ports));
      if (body.dry_run === true) {
        const after = assignmentView(
          wouldBe(node, judged, { reason, actor, expiresAt }, ports.clock.wall()),
          presentState(ports),
        );
        return {
          ...switchedView(node.name, registry.snapshot.generation, after, previous, warnings),
          dry_run: true as const,
          fit: judged.unfit.length === 0,
          reasons: [...judged.unfit],
        };
      }
      if (body.force !== true) refuseUnfit(`node "${node.name}"`, judged);
      const key = { user: null, subject: node.name };
      await registry.assign(key, judged.assignment, { reason, actor, expiresAt, ifGeneration });
      const after = assignmentView(registry.node(node.name), presentState(ports));
      return switchedView(node.name, registry.snapshot.generation, after, previous, warnings);
    },
  );

  app.delete(
    '/api/debug/models/:node',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Drop the override of a node',
        params,
        response: { 200: switchedSchema },
      },
    },
    async (request) => {
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      const node = registry.node(request.params.node);
      const previous = assignmentView(node, presentState(ports));
      const note = { reason: null, actor: request.actor, ifGeneration };
      await registry.clear({ user: null, subject: node.name }, note);
      const after = assignmentView(registry.node(node.name), presentState(ports));
      return switchedView(node.name, registry.snapshot.generation, after, previous, []);
    },
  );
}

/** The node as it would stand after the switch; at its default it has no override. */
function wouldBe(
  node: NodeEntry,
  { assignment }: JudgedTarget,
  note: { readonly reason: string | null; readonly actor: string; readonly expiresAt: string | null },
  wall: number,
): NodeEntry {
  const isDefault = assignment.model === node.default.model && assignment.lane === node.default.lane;
  return {
    ...node,
    assignment,
    override: isDefault ? null : { ...note, at: new Date(wall).toISOString() },
  };
}
