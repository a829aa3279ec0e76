import { z } from 'zod';

import type { JsonObject } from '../../../../config/files/json.ts';
import { GatewayError } from '../../../../protocol/errors.ts';
import type { ControlPlane } from '../../../control-plane.ts';
import { requireGeneration } from '../../../if-match.ts';
import type { HttpPorts } from '../../../ports.ts';
import { changedProfileSchema, profileSchema, profileView } from '../../../views/profiles.ts';

const params = z.object({ name: z.string() });

/** `GET`, `PUT` and `DELETE /api/profiles/{name}`. */
export function registerProfile(app: ControlPlane, { profiles, registry }: HttpPorts): void {
  app.get(
    '/api/profiles/:name',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['profiles'],
        summary: 'One profile with its content',
        params,
        response: { 200: profileSchema },
      },
    },
    async (request) => profileView(await profiles.get(request.params.name), registry.snapshot.generation),
  );

  app.put(
    '/api/profiles/:name',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['profiles'],
        summary: 'Replace the content of a profile; of the active one in one generation',
        params,
        body: changedProfileSchema,
        response: { 200: profileSchema },
      },
    },
    async (request) => {
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      const { name } = request.params;
      const { name: given = name, description = null, config } = request.body;
      if (given !== name) {
        const message = `name: a profile cannot be renamed; export "${name}" and import it under another name`;
        throw new GatewayError('invalid_body', message, { param: 'name' });
      }
      const content = { description, config: config as JsonObject };
      const changed = await profiles.change(name, content, { actor: request.actor, ifGeneration });
      return profileView(changed, registry.snapshot.generation);
    },
  );

  app.delete(
    '/api/profiles/:name',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['profiles'],
        summary: 'Delete a profile that is not active',
        params,
        response: { 204: z.null().describe('Deleted.') },
      },
    },
    async (request, reply) => {
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      await profiles.remove(request.params.name, { actor: request.actor, ifGeneration });
      return reply.code(204).send(null);
    },
  );
}
