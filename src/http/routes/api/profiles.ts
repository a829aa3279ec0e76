import { z } from 'zod';

import type { ControlPlane } from '../../control-plane.ts';

/** `GET /api/profiles`: always empty, profiles are not available yet. */
export function registerProfiles(app: ControlPlane): void {
  app.get(
    '/api/profiles',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['profiles'],
        summary: 'Profiles, and which one is active (not available yet)',
        response: { 200: z.object({ active: z.null(), profiles: z.array(z.never()) }) },
      },
    },
    () => ({ active: null, profiles: [] }),
  );
}
