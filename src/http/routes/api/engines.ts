import { z } from 'zod';

import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import { engineSchema } from '../../views/engine.ts';

/** `GET /api/engines`: the local servers whose models Laneway can load and unload, or at least observe. */
export function registerEngines(app: ControlPlane, { engines }: HttpPorts): void {
  app.get(
    '/api/engines',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['engines'],
        summary: 'Local engines with their models',
        description: 'An engine without verbs is only observed. A model that is not in memory is `unloaded`.',
        response: { 200: z.object({ engines: z.array(engineSchema) }) },
      },
    },
    () => ({
      engines: engines.views().map(({ unreadable, ...view }) => ({
        ...view,
        verbs: [...view.verbs],
        models: [...view.models],
        ...(unreadable === undefined ? {} : { unreadable: [...unreadable] }),
      })),
    }),
  );
}
