import { z } from 'zod';

import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import { poolSchema } from '../../views/pool.ts';

/** `GET /api/pools`: the memory that engines share, and who has how much of it. */
export function registerPools(app: ControlPlane, { engines }: HttpPorts): void {
  app.get(
    '/api/pools',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['engines'],
        summary: 'Memory pools that engines share',
        description:
          '`free_bytes` is `budget_bytes` less `reserve_bytes` and `used_bytes`; null where it is unknown.',
        response: { 200: z.object({ pools: z.array(poolSchema) }) },
      },
    },
    () => ({
      pools: engines.pools().map((view) => ({
        ...view,
        burst: view.burst === null ? null : { ...view.burst, displaced: [...view.burst.displaced] },
        resident: [...view.resident],
        waiting: [...view.waiting],
      })),
    }),
  );
}
