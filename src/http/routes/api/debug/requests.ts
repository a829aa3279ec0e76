import { z } from 'zod';

import { GatewayError } from '../../../../protocol/errors.ts';
import type { ControlPlane } from '../../../control-plane.ts';
import type { HttpPorts } from '../../../ports.ts';
import type { RefusalEntry } from '../../../refusals/refusals.ts';
import { filterHint } from '../../../views/filter-hint.ts';
import { refusedRequest, refusedRequestSchema } from '../../../views/refused-request.ts';
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
  state: z
    .enum([...requestStateSchema.options, 'refused'])
    .optional()
    .describe('`refused`: requests that were turned away before they had a trace.'),
  before: z
    .string()
    .regex(/^req_[0-9a-z]{17}$/, 'must be the "next" of a page')
    .optional(),
});

const pageSchema = z.object({
  requests: z.array(z.union([requestSummarySchema, refusedRequestSchema])),
  next: z.string().nullable(),
  hint: z.string().optional().describe('Only if nothing was found and a filter names something unknown.'),
});

/** `entries`: one more than `limit` if there is a next page. */
function refusedPage(entries: readonly RefusalEntry[], limit: number): z.infer<typeof pageSchema> {
  const shown = entries.slice(0, limit);
  const next = entries.length > limit ? (shown.at(-1)?.id ?? null) : null;
  return { requests: shown.map(refusedRequest), next };
}

/** `GET /api/debug/requests` and one by id: traces of requests. */
export function registerDebugRequests(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/debug/requests',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Accepted requests, or with state=refused those that were not, newest first',
        querystring: querySchema,
        response: { 200: pageSchema },
      },
    },
    async (request) => {
      const { limit, node, lane, target, state, before } = request.query;
      if (state === 'refused') {
        // Refused requests were never resolved, so that they have none of these.
        const isEmpty = [node, lane, target].some((filter) => filter !== undefined);
        return refusedPage(isEmpty ? [] : ports.refusals.list(limit + 1, before ?? null), limit);
      }
      const page = await ports.store.listRequests({
        limit,
        before: before ?? null,
        node: node ?? null,
        lane: lane ?? null,
        target: target ?? null,
        state: state ?? null,
      });
      const requests = page.requests.map(requestSummary);
      const hint = requests.length > 0 ? null : filterHint(request.query, ports.registry.snapshot);
      return { requests, next: page.next, ...(hint !== null && { hint }) };
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
