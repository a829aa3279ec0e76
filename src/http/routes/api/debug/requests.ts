import { z } from 'zod';

import { GatewayError } from '../../../../protocol/errors.ts';
import type { ControlPlane } from '../../../control-plane.ts';
import type { HttpPorts } from '../../../ports.ts';
import {
  requestStateSchema,
  requestSummary,
  requestSummarySchema,
  requestTrace,
  requestTraceSchema,
} from '../../../views/request-trace.ts';

const querySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  node: z.string().optional(),
  lane: z.string().optional(),
  target: z.string().optional().describe('A full model id.'),
  state: requestStateSchema.optional(),
  before: z
    .string()
    .regex(/^req_[0-9a-z]{17}$/, 'must be the "next" of a page')
    .optional(),
});

/** `GET /api/debug/requests` and one by id: traces of requests. */
export function registerDebugRequests(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/debug/requests',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Accepted requests, newest first',
        querystring: querySchema,
        response: {
          200: z.object({ requests: z.array(requestSummarySchema), next: z.string().nullable() }),
        },
      },
    },
    async (request) => {
      const { limit, node, lane, target, state, before } = request.query;
      const page = await ports.store.listRequests({
        limit,
        before: before ?? null,
        node: node ?? null,
        lane: lane ?? null,
        target: target ?? null,
        state: state ?? null,
      });
      return { requests: page.requests.map(requestSummary), next: page.next };
    },
  );

  app.get(
    '/api/debug/requests/:id',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Full trace of one request',
        params: z.object({ id: z.string().describe('Its x-request-id.') }),
        response: { 200: requestTraceSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const row = await ports.store.getRequest(id);
      if (row === null) throw new GatewayError('request_not_found', `unknown request "${id.slice(0, 100)}"`);
      return requestTrace(row);
    },
  );
}
