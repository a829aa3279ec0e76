import { resolve } from 'node:path';

import { z } from 'zod';

import { GatewayError } from '../../../protocol/errors.ts';
import { StoreUnavailable, type BackupCopy } from '../../../store/store.ts';
import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import { timeSchema } from '../../views/shapes.ts';

const backupSchema = z.object({
  file: z.string().describe('Its path on the machine of the gateway.'),
  size_bytes: z.int(),
  created_at: timeSchema,
});

/** `POST /api/backups`: makes a verified copy of the state file now. */
export function registerBackups(app: ControlPlane, ports: HttpPorts): void {
  app.post(
    '/api/backups',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['operations'],
        summary: 'Make a verified copy of the state file, as is made once a day',
        body: z.strictObject({}),
        response: { 201: backupSchema },
      },
    },
    async (request, reply) => {
      const { path, bytes, at } = await backUp(ports, request.actor);
      const file = resolve(path);
      ports.log.info({ actor: request.actor, file }, 'backup made');
      return reply.code(201).send({ file, size_bytes: bytes, created_at: new Date(at).toISOString() });
    },
  );
}

/** Throws `store_unavailable`: while the state can be written, its copy alone has failed, and the message says so. */
async function backUp({ store, log }: HttpPorts, actor: string): Promise<BackupCopy> {
  try {
    return await store.backUp();
  } catch (error) {
    if (!(error instanceof StoreUnavailable) || !store.status().available) throw error;
    log.warn({ actor, why: error.message }, 'no backup made');
    const message = `${error.message}; the state itself is not affected; make room or permit writing in backups/ of the state directory, then try again`;
    throw new GatewayError('store_unavailable', message);
  }
}
