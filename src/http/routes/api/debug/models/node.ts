import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Warning } from '../../../../../protocol/wire.ts';
import { checkTarget, type CheckedTarget } from '../../../../../routing/fitness.ts';
import type { NodeEntry } from '../../../../../routing/snapshot.ts';
import { userOf } from '../../../../receive/accept-request.ts';
import { requireGeneration } from '../../../../if-match.ts';
import type { ControlPlane } from '../../../../control-plane.ts';
import type { HttpPorts } from '../../../../ports.ts';
import { preflight } from '../../../../preflight/preflight.ts';
import {
  expiryOf,
  outlookWarnings,
  rejectIneligible,
  rollbackOf,
  rollbackWarnings,
  switchSchema,
  switchTarget,
  switchWarnings,
  withRoom,
} from '../../../../switch-request.ts';
import { assignmentSubject, laneNamed } from '../../../../subject.ts';
import { assignmentView, subjectView } from '../../../../views/assignment.ts';
import { rejectCallName } from './call-name.ts';
import { switchLane, type SubjectSwitch } from './lane.ts';
import {
  dryRunSchema,
  currentSources,
  switchedSchema,
  switchedView,
  type SwitchedView,
} from '../../../../views/switched.ts';

const params = z.object({ node: z.string() });

/** A dry run still checks the target, but must not promise what would be rejected. */
const SWITCHING_OFF = {
  code: 'runtime_switching_off',
  detail: '"runtime_switching" is false: without dry_run this switch is rejected',
};

/** `PUT` and `DELETE /api/debug/models/{node}`: switches a node, and reverts it to its default. */
export function registerNodeSwitch(app: ControlPlane, ports: HttpPorts): void {
  const { registry } = ports;

  app.put(
    '/api/debug/models/:node',
    {
      config: { role: 'admin' },
      onRequest: rejectCallName,
      schema: {
        tags: ['debug'],
        summary: 'Assign a node to another model or lane, or put a model first in lane:NAME',
        params,
        body: switchSchema,
        response: { 200: z.union([dryRunSchema, switchedSchema]) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      const isOff = body.dry_run === true && !ports.configuration.current().runtime_switching;
      const given = [...userWarnings(request), ...(isOff ? [SWITCHING_OFF] : [])];
      const lane = laneNamed(request.params.node);
      if (lane !== null)
        return switchLane({ name: lane, call: { request, reply }, ifGeneration, warnings: given }, ports);
      return switchNode(
        { name: request.params.node, call: { request, reply }, ifGeneration, warnings: given },
        ports,
      );
    },
  );

  app.delete(
    '/api/debug/models/:node',
    {
      config: { role: 'admin' },
      onRequest: rejectCallName,
      schema: {
        tags: ['debug'],
        summary: 'Remove the override of a node or of lane:NAME',
        params,
        response: { 200: switchedSchema },
      },
    },
    async (request) => {
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      const before = assignmentSubject(request.params.node, registry);
      const { subject } = before;
      const previous = subjectView(before, currentSources(ports));
      const note = { reason: null, actor: request.actor, ifGeneration };
      await registry.clear({ user: null, subject }, note);
      const after = subjectView(assignmentSubject(subject, registry), currentSources(ports));
      return switchedView(subject, registry.snapshot.generation, after, previous, userWarnings(request));
    },
  );
}

/** `PUT /api/debug/models/NODE`. */
async function switchNode(
  { name, call, ifGeneration, warnings: given }: SubjectSwitch,
  ports: HttpPorts,
): Promise<SwitchedView | z.infer<typeof dryRunSchema>> {
  const { registry } = ports;
  const { body, actor } = call.request;
  const node = registry.node(name);
  const checked = withRoom(checkTarget(node, switchTarget(body), registry.snapshot), ports);
  const reason = body.reason ?? null;
  const expiresAt = (): string | null => expiryOf(body.expires_in_s, ports.clock.wall());
  const warnings = [...switchWarnings(node, body.force === true ? checked.unfit : []), ...given];
  const previous = assignmentView(node, currentSources(ports));
  if (body.dry_run !== true && body.force !== true) rejectIneligible(`node "${node.name}"`, checked);
  const wanted = switchedNode(node, checked, { reason, actor, expiresAt: expiresAt() }, ports.clock.wall());
  const tested = { switched: { kind: 'node', node: wanted }, user: null, body } as const;
  const { shown, warnings: failures } = await preflight(tested, call, ports);
  warnings.push(...failures);
  if (body.dry_run === true) {
    const after = assignmentView(wanted, currentSources(ports));
    warnings.push(...outlookWarnings(tested.switched, null, ports));
    return {
      ...switchedView(node.name, registry.snapshot.generation, after, previous, warnings),
      dry_run: true as const,
      fit: checked.unfit.length === 0,
      reasons: [...checked.unfit],
      ...shown,
    };
  }
  const key = { user: null, subject: node.name };
  // Counted from now: the preflight has taken its time.
  const note = { reason, actor, expiresAt: expiresAt(), ifGeneration, ...rollbackOf(body) };
  await registry.assign(key, checked.assignment, note);
  const switched = registry.node(node.name);
  const after = assignmentView(switched, currentSources(ports));
  warnings.push(...rollbackWarnings(body, key, ports));
  warnings.push(...outlookWarnings({ kind: 'node', node: switched }, null, ports));
  return {
    ...switchedView(node.name, registry.snapshot.generation, after, previous, warnings),
    ...shown,
  };
}

/** Warns a caller that names a user: a node is always switched for all users. */
function userWarnings(request: FastifyRequest): Warning[] {
  if (userOf(request) === null) return [];
  return [
    { code: 'user_ignored', detail: 'a node is switched for all users; x-laneway-user is ignored here' },
  ];
}

/** The node as it would be after the switch, with the parameters that are set; at its default without any it has no override. */
function switchedNode(
  node: NodeEntry,
  { assignment }: CheckedTarget,
  note: { readonly reason: string | null; readonly actor: string; readonly expiresAt: string | null },
  wall: number,
): NodeEntry {
  const isDefault = assignment.model === node.default.model && assignment.lane === node.default.lane;
  const settings = node.override?.settings;
  const override = {
    ...note,
    at: new Date(wall).toISOString(),
    ...(settings === undefined ? {} : { settings }),
  };
  return { ...node, assignment, override: isDefault && settings === undefined ? null : override };
}
