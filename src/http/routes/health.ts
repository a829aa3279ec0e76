import type { FastifyInstance } from 'fastify';

import { readiness } from '../../routing/readiness.ts';
import type { HttpPorts } from '../ports.ts';

/** `GET /health`: the process is alive. `GET /ready`: it can serve. */
export function registerHealth(app: FastifyInstance, ports: HttpPorts): void {
  const startedAt = ports.clock.now();
  app.get('/health', () => ({
    status: 'ok',
    version: ports.version,
    uptime_s: Math.floor((ports.clock.now() - startedAt) / 1000),
  }));

  app.get('/ready', (_request, reply) => {
    const { snapshot, health, admission } = ports.execution;
    const reasons = admission.draining ? ['shutting down'] : readiness(snapshot(), health, ports.clock.now());
    if (reasons.length === 0) return { ready: true, generation: snapshot().generation };
    void reply.code(503).header('retry-after', '5');
    return { ready: false, reasons };
  });
}
