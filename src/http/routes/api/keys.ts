import { z } from 'zod';

import type { OwnApi } from '../../own-api.ts';

/** `GET /api/keys`: there are no client keys yet. */
export function registerKeys(app: OwnApi): void {
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
