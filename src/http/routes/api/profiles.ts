import { z } from 'zod';

import type { ControlPlane } from '../../control-plane.ts';

/** `GET /api/profiles`: there are no profiles yet. */
export function registerProfiles(app: ControlPlane): void {
  app.get(
    '/api/profiles',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['profiles'],
        summary: 'The profiles, and which one is active',
        response: { 200: z.object({ active: z.null(), profiles: z.array(z.never()) }) },
      },
    },
    () => ({ active: null, profiles: [] }),
  );
}
