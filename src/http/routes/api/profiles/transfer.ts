import { z } from 'zod';

import type { JsonObject } from '../../../../config/files/json.ts';
import { GatewayError } from '../../../../protocol/errors.ts';
import type { ControlPlane } from '../../../control-plane.ts';
import { requireGeneration } from '../../../if-match.ts';
import type { HttpPorts } from '../../../ports.ts';
import { exportedSchema, exportReplySchema, profileSchema, profileView } from '../../../views/profiles.ts';

/** `GET /api/profiles/{name}/export` and `POST /api/profiles/import`. */
export function registerProfileTransfer(app: ControlPlane, { profiles, registry }: HttpPorts): void {
  app.get(
    '/api/profiles/:name/export',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['profiles'],
        summary: 'A profile in the form that another gateway imports',
        params: z.object({ name: z.string() }),
        response: { 200: exportReplySchema },
      },
    },
    async (request) => {
      const exported = await profiles.export(request.params.name);
      return { ...exported, config: { ...exported.config } };
    },
  );

  app.post(
    '/api/profiles/import',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['profiles'],
        summary: 'Add an exported profile, without activating it',
        querystring: z.strictObject({ overwrite: z.stringbool().default(false) }),
        body: exportedSchema,
        response: { 201: profileSchema },
      },
    },
    async (request, reply) => {
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      const { laneway_profile: version, name, description = null, config } = request.body;
      rejectVersion(version);
      const content = { description, config: config as JsonObject };
      const note = { actor: request.actor, ifGeneration };
      const added = await profiles.add(name, content, note, request.query.overwrite);
      return reply.code(201).send(profileView(added, registry.snapshot.generation));
    },
  );
}

/** Throws `invalid_body` for a version of the format that this release does not know. */
function rejectVersion(version: number): void {
  if (version === 1) return;
  const advice = version > 1 ? ': it comes from a newer release; update Laneway first' : '';
  throw new GatewayError(
    'invalid_body',
    `laneway_profile: version ${version} is unknown, only 1 is known${advice}`,
    { param: 'laneway_profile' },
  );
}
