import { z } from 'zod';

import { readiness } from '../../routing/readiness.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { HttpPorts } from '../ports.ts';

const healthSchema = z.object({ status: z.literal('ok'), version: z.string(), uptime_s: z.int() });

const readySchema = z.object({
  ready: z.literal(true),
  generation: z.int(),
  state: z
    .string()
    .optional()
    .describe(
      'Only while state is unavailable: `serving without state`, and how many ledger rows are waiting.',
    ),
});

const notReadySchema = z.object({
  ready: z.literal(false),
  reasons: z.array(z.string()),
  state: z.string().optional(),
});

/** `GET /health`: liveness. `GET /ready`: readiness. */
export function registerHealth(app: ControlPlane, ports: HttpPorts): void {
  const startedAt = ports.clock.now();
  app.get(
    '/health',
    {
      config: { role: 'public' },
      schema: {
        tags: ['operations'],
        summary: 'Liveness',
        response: { 200: healthSchema },
      },
    },
    () => ({
      status: 'ok' as const,
      version: ports.version,
      uptime_s: Math.floor((ports.clock.now() - startedAt) / 1000),
    }),
  );

  app.get(
    '/ready',
    {
      config: { role: 'public' },
      schema: {
        tags: ['operations'],
        summary: 'Readiness',
        description:
          'Ready when the default lane has a target whose server answered its last probe or request.',
        response: { 200: readySchema, 503: notReadySchema },
      },
    },
    (_request, reply) => {
      const { health, admission } = ports.execution;
      const { snapshot } = ports.registry;
      const reasons = admission.draining ? ['shutting down'] : readiness(snapshot, health, ports.clock.now());
      if (reasons.length === 0) {
        return { ready: true as const, generation: snapshot.generation, ...stateOf(ports) };
      }
      void reply.code(503).header('retry-after', '5');
      return { ready: false as const, reasons, ...stateOf(ports) };
    },
  );
}

/** Describes the state while it cannot be written; empty otherwise. */
function stateOf({ store }: HttpPorts): { state?: string } {
  const { available, waitingRows } = store.status();
  if (available) return {};
  return { state: `serving without state${waitingRows === 0 ? '' : `; ${waitingRows} ledger rows waiting`}` };
}
