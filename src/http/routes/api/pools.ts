import { z } from 'zod';

import type { ControlPlane } from '../../control-plane.ts';

/** `GET /api/pools`: always empty, memory is not managed yet. */
export function registerPools(app: ControlPlane): void {
  app.get(
    '/api/pools',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['engines'],
        summary: 'Memory pools that engines share (not available yet)',
        response: { 200: z.object({ pools: z.array(z.never()) }) },
      },
    },
    () => ({ pools: [] }),
  );
}
