import { z } from 'zod';

import type { ControlPlane } from '../../control-plane.ts';

/** `GET /api/keys`: always empty, client keys are not available yet. */
export function registerKeys(app: ControlPlane): void {
  app.get(
    '/api/keys',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['operations'],
        summary: 'Client keys (not available yet)',
        response: { 200: z.object({ keys: z.array(z.never()) }) },
      },
    },
    () => ({ keys: [] }),
  );
}
