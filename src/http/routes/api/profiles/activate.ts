import { z } from 'zod';

import type { ControlPlane } from '../../../control-plane.ts';
import { requireGeneration } from '../../../if-match.ts';
import type { HttpPorts } from '../../../ports.ts';
import { activationPreviewSchema, activationPreviewView, activeSchema } from '../../../views/profiles.ts';

/** `POST /api/profiles/{name}/activate` and `POST /api/profiles/deactivate`. */
export function registerProfileSwitch(app: ControlPlane, { profiles, registry }: HttpPorts): void {
  app.post(
    '/api/profiles/:name/activate',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['profiles'],
        summary: 'Make a profile the active one, or show what that would change',
        description:
          'Overrides stay in force; what the profile sets is the default that a reset goes back to.',
        params: z.object({ name: z.string() }),
        body: z.strictObject({ dry_run: z.boolean().optional() }),
        response: { 200: z.union([activationPreviewSchema, activeSchema]) },
      },
    },
    async (request) => {
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      const { name } = request.params;
      if (request.body.dry_run === true) return activationPreviewView(await profiles.preview(name));
      return { ...(await profiles.activate(name, { actor: request.actor, ifGeneration })) };
    },
  );

  app.post(
    '/api/profiles/deactivate',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['profiles'],
        summary: 'Go back to the configuration without a profile',
        body: z.strictObject({}),
        response: { 200: activeSchema },
      },
    },
    async (request) => {
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      return { ...(await profiles.deactivate({ actor: request.actor, ifGeneration })) };
    },
  );
}
