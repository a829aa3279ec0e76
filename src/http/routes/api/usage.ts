import { z } from 'zod';

import { GatewayError } from '../../../protocol/errors.ts';
import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import { usageCsv, usageGroupSchema, usageRow, usageSchema } from '../../views/usage.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS = 30;

const timeQuery = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error: 'must be a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z',
});

const querySchema = z.strictObject({
  group_by: usageGroupSchema.default('node'),
  from: timeQuery.optional().describe('Default: 30 days before `to`. A day counts from its start (UTC).'),
  to: timeQuery.optional().describe('Default: now. A day counts to its end (UTC).'),
});

/** `GET /api/usage`: totals by node, lane, model or user, as JSON or CSV. */
export function registerUsage(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/usage',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['operations'],
        summary: 'Ledger totals by node, lane, model or user',
        description: 'With `Accept: text/csv` the rows are returned as CSV.',
        querystring: querySchema,
        response: { 200: usageSchema },
      },
    },
    async (request, reply) => {
      const { group_by } = request.query;
      const { from, to } = span(request.query, ports.clock.wall());
      const rows = (await ports.store.usage({ groupBy: group_by, from, to })).map(usageRow);
      if (!wantsCsv(request.headers.accept)) return { from, to, group_by, rows };
      // Hooks and the serialiser leave text as it is; only its type is missing from the schema.
      return reply.type('text/csv; charset=utf-8').send(usageCsv(rows) as never);
    },
  );
}

/** Start and end in ISO 8601, UTC. Throws `invalid_body` when the start is after the end. */
function span(query: z.infer<typeof querySchema>, now: number): { from: string; to: string } {
  const end = query.to === undefined ? now : Date.parse(query.to) + (isDay(query.to) ? DAY_MS : 0);
  // As text, five-digit years no longer sort chronologically.
  const to = Math.min(end, Date.parse('9999-12-31T23:59:59.999Z'));
  const from = query.from === undefined ? to - DEFAULT_DAYS * DAY_MS : Date.parse(query.from);
  if (from > to) throw new GatewayError('invalid_body', '"from" is after "to"', { param: 'from' });
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

function isDay(text: string): boolean {
  return !text.includes('T');
}

/** Whether `Accept` lists CSV before JSON. */
function wantsCsv(accept = ''): boolean {
  const [first] = /text\/csv|application\/json/i.exec(accept) ?? [];
  return first?.toLowerCase() === 'text/csv';
}
