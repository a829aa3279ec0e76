import { z } from 'zod';

import type { ControlPlane } from '../../control-plane.ts';

/** `GET /api/engines`: there is no engine yet that the gateway may act on. */
export function registerEngines(app: ControlPlane): void {
  app.get(
    '/api/engines',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['engines'],
        summary: 'The engines that the gateway may act on',
        response: { 200: z.object({ engines: z.array(z.never()) }) },
      },
    },
    () => ({ engines: [] }),
  );
}
