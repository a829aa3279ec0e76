import { z } from 'zod';

import { GatewayError } from '../../../../../protocol/errors.ts';
import type { AssignmentTarget } from '../../../../../registry/assignments/assignments.ts';
import { WORD_MAX } from '../../../../../util/shorten.ts';
import type { ControlPlane } from '../../../../control-plane.ts';
import { nodeConfigFields, nodeConfigTarget } from '../../../../node-config-request.ts';
import type { HttpPorts } from '../../../../ports.ts';
import { assignmentSubject, laneNamed } from '../../../../subject.ts';
import { reasonSchema } from '../../../../switch-request.ts';
import {
  laneConfigView,
  nodeConfigSchema,
  nodeConfigView,
  type NodeConfigView,
} from '../../../../views/node-config.ts';
import { currentSources } from '../../../../views/switched.ts';
import { noteOf } from './providers.ts';

/** What the header `x-laneway-user` can hold, which is trimmed and counted in bytes; another name would be nobody's. */
const params = z.object({
  user: z
    .string()
    .min(1)
    .refine((name) => Buffer.byteLength(name) <= WORD_MAX, {
      error: `must be at most ${WORD_MAX} bytes long, as the header x-laneway-user`,
    })
    .regex(/^(?![ \t])[^\x00-\x08\x0a-\x1f\x7f]*(?<![ \t])$/, {
      error:
        'must not begin or end with a space, nor contain control characters: no x-laneway-user can match it',
    }),
});

const setSchema = z.object({
  config: z
    .record(z.string(), nodeConfigSchema)
    .describe('By node or `lane:NAME`; only what is set for the user.'),
});

/** `GET /api/v1/llm/users`: the users with overrides. */
export function registerUsers(app: ControlPlane, { registry }: HttpPorts): void {
  app.get(
    '/api/v1/llm/users',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'The users that have a configuration of their own',
        response: {
          200: z.object({
            users: z.array(z.object({ user: z.string(), nodes: z.array(z.string()) })),
          }),
        },
      },
    },
    () => ({
      users: registry.usersWithOverrides().map(({ user, subjects }) => ({ user, nodes: [...subjects] })),
    }),
  );
}

/** `GET`, `PUT` and `DELETE /api/v1/llm/users/{user}/config`. */
export function registerUserConfig(app: ControlPlane, ports: HttpPorts): void {
  const { registry } = ports;

  app.get(
    '/api/v1/llm/users/:user/config',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'What is set for one user; empty for an unknown one',
        params,
        response: { 200: setSchema },
      },
    },
    (request) => ({ config: configOf(request.params.user, ports) }),
  );

  app.put(
    '/api/v1/llm/users/:user/config',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'Replace all that is set for one user; rejected whole if one entry is invalid',
        params,
        body: z.strictObject({
          config: z.record(z.string(), z.strictObject(nodeConfigFields)).describe('By node or `lane:NAME`.'),
          reason: reasonSchema,
        }),
        response: { 200: setSchema },
      },
    },
    async (request) => {
      const { user } = request.params;
      const { config, reason = null } = request.body;
      const note = { ...noteOf(request, ports), reason, expiresAt: null };
      const targets = new Map<string, AssignmentTarget>();
      for (const [name, body] of Object.entries(config)) {
        const at = `config.${name}.`;
        const subject = within(at, () => assignmentSubject(name, registry));
        targets.set(subject.subject, nodeConfigTarget(subject, body, ports, at));
      }
      await registry.replaceOverrides(user, targets, note);
      return { config: configOf(user, ports) };
    },
  );

  app.delete(
    '/api/v1/llm/users/:user/config',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'Remove all that is set for one user',
        params,
        response: { 204: z.null().describe('Removed, or nothing was set.') },
      },
    },
    async (request, reply) => {
      const note = { ...noteOf(request, ports), reason: null, expiresAt: null };
      await registry.replaceOverrides(request.params.user, new Map(), note);
      return reply.code(204).send(null);
    },
  );
}

/** Adds the place in the body to the error for an unknown node or lane. */
function within<Value>(at: string, look: () => Value): Value {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new GatewayError(error.code, error.message, { param: at.slice(0, -1) });
  }
}

/** The overrides of a user by subject; those of nodes and lanes that no longer exist are left out. */
function configOf(user: string, ports: HttpPorts): Record<string, NodeConfigView> {
  const { registry } = ports;
  const snapshot = registry.snapshotFor(user);
  const sources = { ...currentSources(ports), snapshot };
  const subjects = registry.usersWithOverrides().find((each) => each.user === user)?.subjects ?? [];
  const views = subjects.flatMap((subject): [string, NodeConfigView][] => {
    const laneName = laneNamed(subject);
    const lane = snapshot.lanes.get(laneName ?? '');
    const node = snapshot.nodes.get(subject);
    if (laneName !== null) return lane === undefined ? [] : [[subject, laneConfigView(lane, sources)]];
    return node === undefined ? [] : [[subject, nodeConfigView(node, sources, () => 'override')]];
  });
  return Object.fromEntries(views);
}
