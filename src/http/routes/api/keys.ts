import { z } from 'zod';

import type { ControlPlane } from '../../control-plane.ts';

/** `GET /api/keys`: there are no client keys yet. */
export function registerKeys(app: ControlPlane): void {
  app.get(
    '/api/keys',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['operations'],
        summary: 'The client keys',
        response: { 200: z.object({ keys: z.array(z.never()) }) },
      },
    },
    () => ({ keys: [] }),
  );
}
