import { z } from 'zod';

/** The cost of requests in US dollars. */
export const costUsdSchema = z.number().nullable();

/** The cost of one request and where its price comes from. */
export const costSchema = z.object({ usd: costUsdSchema, source: z.string().nullable() });

/** Costs are not computed yet. */
export const UNKNOWN_COST: z.infer<typeof costSchema> = Object.freeze({ usd: null, source: null });
