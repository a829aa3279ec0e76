import { z } from 'zod';

import type { ControlPlane } from '../control-plane.ts';
import type { HttpPorts } from '../ports.ts';

/** `GET /metrics`, in Prometheus' text format. */
export function registerMetrics(app: ControlPlane, { metrics }: HttpPorts): void {
  app.get(
    '/metrics',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['operations'],
        summary: 'Metrics in the Prometheus text format',
        description:
          'Counters and histograms of requests, attempts and tokens; gauges of health, state and process. Labels come ' +
          'from the configuration, never from callers.',
        response: { 200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => {
      const { contentType, body } = await metrics.text();
      void reply.header('content-type', contentType).header('cache-control', 'no-store');
      return body;
    },
  );
}
