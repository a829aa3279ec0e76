import { z } from 'zod';

import type { ControlPlane } from '../../control-plane.ts';

/** `GET /api/pools`: no memory is managed yet. */
export function registerPools(app: ControlPlane): void {
  app.get(
    '/api/pools',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['engines'],
        summary: 'The pools of memory that engines share',
        response: { 200: z.object({ pools: z.array(z.never()) }) },
      },
    },
    () => ({ pools: [] }),
  );
}
