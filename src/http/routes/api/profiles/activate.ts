import { z } from 'zod';

import type { ControlPlane } from '../../../control-plane.ts';
import { requireGeneration } from '../../../if-match.ts';
import type { HttpPorts } from '../../../ports.ts';
import { roomWarnings } from '../../../switch-request.ts';
import {
  activatedSchema,
  activationPreviewSchema,
  activationPreviewView,
  activeSchema,
} from '../../../views/profiles.ts';

/** `POST /api/profiles/{name}/activate` and `POST /api/profiles/deactivate`. */
export function registerProfileSwitch(app: ControlPlane, ports: HttpPorts): void {
  const { profiles, registry } = ports;
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
        response: { 200: z.union([activationPreviewSchema, activatedSchema]) },
      },
    },
    async (request) => {
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      const { name } = request.params;
      const preview = await profiles.preview(name);
      if (request.body.dry_run === true)
        return activationPreviewView(preview, roomWarnings(preview.assigned, ports));
      const { active, generation } = await profiles.activate(name, { actor: request.actor, ifGeneration });
      return { active, generation, warnings: roomWarnings(preview.assigned, ports) };
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
