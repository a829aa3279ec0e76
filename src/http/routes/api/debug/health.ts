import type { ControlPlane } from '../../../control-plane.ts';
import type { HttpPorts } from '../../../ports.ts';
import { healthSchema, healthView } from '../../../views/health.ts';

/** `GET /api/debug/health`: the health of all providers and targets. */
export function registerDebugHealth(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/debug/health',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Health of providers and targets: reachability, breaker, cool-down, last error, latency',
        response: { 200: healthSchema },
      },
    },
    () => healthView(ports),
  );
}
