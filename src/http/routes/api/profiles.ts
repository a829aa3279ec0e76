import type { JsonObject } from '../../../config/files/json.ts';
import type { ControlPlane } from '../../control-plane.ts';
import { requireGeneration } from '../../if-match.ts';
import type { HttpPorts } from '../../ports.ts';
import {
  listedView,
  newProfileSchema,
  profileListSchema,
  profileSchema,
  profileView,
} from '../../views/profiles.ts';

/** `GET /api/profiles`: all profiles; `POST`: adds one. */
export function registerProfiles(app: ControlPlane, { profiles, registry }: HttpPorts): void {
  app.get(
    '/api/profiles',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['profiles'],
        summary: 'Profiles, and which one is active',
        response: { 200: profileListSchema },
      },
    },
    async () => {
      const { active, profiles: all } = await profiles.list();
      return { active, profiles: all.map(listedView) };
    },
  );

  app.post(
    '/api/profiles',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['profiles'],
        summary: 'Add a profile, without activating it',
        body: newProfileSchema,
        response: { 201: profileSchema },
      },
    },
    async (request, reply) => {
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      const { name, description = null, config } = request.body;
      const content = { description, config: config as JsonObject };
      const added = await profiles.add(name, content, { actor: request.actor, ifGeneration });
      return reply.code(201).send(profileView(added, registry.snapshot.generation));
    },
  );
}
