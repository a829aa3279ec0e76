import { z } from 'zod';

import type { ControlPlane } from '../../control-plane.ts';

/** `GET /api/engines`: always empty, engines are not managed yet. */
export function registerEngines(app: ControlPlane): void {
  app.get(
    '/api/engines',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['engines'],
        summary: 'Engines that the gateway manages (not available yet)',
        response: { 200: z.object({ engines: z.array(z.never()) }) },
      },
    },
    () => ({ engines: [] }),
  );
}
