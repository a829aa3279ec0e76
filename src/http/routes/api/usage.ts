import { z } from 'zod';

import { GatewayError } from '../../../protocol/errors.ts';
import type { UsageQuery } from '../../../store/store.ts';
import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import {
  BUCKETS_MS,
  usageBucket,
  usageBucketCsv,
  usageBucketSchema,
  usageCsv,
  usageGroupSchema,
  usageRow,
  usageSchema,
} from '../../views/usage.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS = 30;

/** Buckets of a reply: a week of five minutes, or twelve weeks of hours. */
const BUCKETS_MAX = 2_100;
/** Entries of a reply, one for each bucket and group: about 8 MB. */
const ENTRIES_MAX = 50_000;

const timeQuery = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error: 'must be a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z',
});

const querySchema = z.strictObject({
  group_by: usageGroupSchema.default('node'),
  from: timeQuery.optional().describe('Default: 30 days before `to`. A day counts from its start (UTC).'),
  to: timeQuery.optional().describe('Default: now. A day counts to its end (UTC).'),
  bucket: usageBucketSchema.optional().describe('Adds the totals of each such span of time.'),
});

type Query = z.infer<typeof querySchema>;

/** `GET /api/usage`: totals by node, lane, model or user, as JSON or CSV. */
export function registerUsage(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/usage',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['operations'],
        summary: 'Ledger totals by node, lane, model or user',
        description: 'With `Accept: text/csv` the rows, or with `bucket` the buckets, are returned as CSV.',
        querystring: querySchema,
        response: { 200: usageSchema },
      },
    },
    async (request, reply) => {
      const { group_by, bucket } = request.query;
      const query = { groupBy: group_by, ...span(request.query, ports.clock.wall()) };
      const buckets = bucket === undefined ? undefined : await bucketsOf(query, bucket, ports);
      const isCsv = wantsCsv(request.headers.accept);
      // Hooks and the serialiser leave text as it is; only its type is missing from the schema.
      const sendCsv = (text: string): never =>
        reply.type('text/csv; charset=utf-8').send(text as never) as never;
      if (isCsv && buckets !== undefined) return sendCsv(usageBucketCsv(buckets));
      const rows = (await ports.store.usage(query)).map(usageRow);
      if (isCsv) return sendCsv(usageCsv(rows));
      const { from, to } = query;
      return { from, to, group_by, rows, ...(buckets === undefined ? {} : { buckets }) };
    },
  );
}

/** The totals over time. Throws `invalid_body` for more buckets or entries than a reply may have. */
async function bucketsOf(
  query: UsageQuery,
  bucket: keyof typeof BUCKETS_MS,
  { store }: HttpPorts,
): Promise<ReturnType<typeof usageBucket>[]> {
  const bucketMs = BUCKETS_MS[bucket];
  const count = bucketCount(query, bucketMs);
  if (count > BUCKETS_MAX) throw tooManyBuckets(count, bucket, query);
  const found = await store.usageBuckets({ ...query, bucketMs, limit: ENTRIES_MAX + 1 });
  if (found.length <= ENTRIES_MAX) return found.map(usageBucket);
  const message = `there are more than ${grouped(ENTRIES_MAX)} entries, one for each bucket and ${query.groupBy}; choose a shorter span or a longer "bucket"`;
  throw new GatewayError('invalid_body', message, { param: 'bucket' });
}

/** Buckets that the span touches. */
function bucketCount({ from, to }: UsageQuery, bucketMs: number): number {
  const first = Math.floor(Date.parse(from) / bucketMs);
  return Math.max(0, Math.ceil(Date.parse(to) / bucketMs) - first);
}

/** The error names the next longer bucket, or else the longest span. */
function tooManyBuckets(count: number, bucket: keyof typeof BUCKETS_MS, query: UsageQuery): GatewayError {
  const longer = usageBucketSchema.options.find(
    (option) => bucketCount(query, BUCKETS_MS[option]) <= BUCKETS_MAX,
  );
  const advice = longer === undefined ? '' : `, or "bucket" ${longer}`;
  const days = Math.floor(((BUCKETS_MAX - 1) * BUCKETS_MS[bucket]) / DAY_MS);
  const message = `the span has ${grouped(count)} buckets of ${BUCKET_WORDS[bucket]}, ${grouped(BUCKETS_MAX)} at most; choose "from" and "to" at most ${grouped(days)} days apart${advice}`;
  return new GatewayError('invalid_body', message, { param: 'bucket' });
}

const BUCKET_WORDS = { '5m': '5 minutes', hour: 'an hour', day: 'a day' } as const;

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** Start and end in ISO 8601, UTC. Throws `invalid_body` when the start is after the end. */
function span(query: Query, now: number): { from: string; to: string } {
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
