import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { GatewayError } from '../../../../protocol/errors.ts';
import { ownQuery } from '../../../own-body.ts';
import type { HttpPorts } from '../../../ports.ts';
import { requestSummary, requestTrace } from '../../../views/request-trace.ts';

const querySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: z.string().min(1).optional(),
});

/** `GET /api/debug/requests` and one by id: what happened to each request, and why. */
export function registerDebugRequests(app: FastifyInstance, ports: HttpPorts): void {
  app.get('/api/debug/requests', async (request) => {
    const { limit, before } = ownQuery(request, querySchema);
    const page = await ports.store.listRequests({ limit, before: before ?? null });
    return { requests: page.requests.map(requestSummary), next: page.next };
  });

  app.get<{ Params: { id: string } }>('/api/debug/requests/:id', async (request) => {
    const { id } = request.params;
    const row = await ports.store.getRequest(id);
    if (row === null)
      throw new GatewayError('request_not_found', `there is no request "${id.slice(0, 100)}"`);
    return requestTrace(row);
  });
}
