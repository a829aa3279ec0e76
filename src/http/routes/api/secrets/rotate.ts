import { z } from 'zod';

import type { ControlPlane } from '../../../control-plane.ts';
import type { HttpPorts } from '../../../ports.ts';
import { keySchema } from '../../../provider-key.ts';
import { noteOf } from '../v1/llm/providers.ts';

const rotationSchema = z.object({
  rotated: z.int().describe('Secrets that were encrypted with the previous master key.'),
  check: z.string().describe('The check value of the master key in use now.'),
  next: z.string().nullable().describe('What to do before the next start; null: nothing.'),
});

/** `POST /api/secrets/rotate` and `…/import`. */
export function registerSecretCalls(app: ControlPlane, ports: HttpPorts): void {
  app.post(
    '/api/secrets/rotate',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['secrets'],
        summary: 'Encrypt all secrets with a new master key, while they are in use',
        body: z.strictObject({}),
        response: { 200: rotationSchema },
      },
    },
    async (request) => {
      const { actor } = noteOf(request, ports);
      const { rotated, check, next } = await ports.secrets.rotate(actor);
      ports.log.info({ actor, rotated, check }, 'master key rotated');
      return { rotated, check, next };
    },
  );

  app.post(
    '/api/secrets/import',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['secrets'],
        summary: 'Store the keys of several providers at once; rejected whole if one is unknown',
        body: z.strictObject({
          keys: z.record(z.string(), keySchema).describe('Keys by provider id. Write-only.'),
        }),
        response: { 200: z.object({ imported: z.array(z.string()), generation: z.int() }) },
      },
    },
    async (request) => {
      const keys = new Map(Object.entries(request.body.keys));
      const { generation } = await ports.providers.setKeys(keys, noteOf(request, ports));
      return { imported: [...keys.keys()], generation };
    },
  );
}
