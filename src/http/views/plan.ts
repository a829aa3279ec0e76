import { z } from 'zod';

import { KINDS } from '../../protocol/capabilities.ts';
import { warningSchema } from './shapes.ts';

/** One target of a plan; targets are listed in the order in which they would be tried. */
export const planTargetSchema = z.object({
  target: z.string(),
  source: z.enum([
    'assigned',
    'node_fallback',
    'preferred',
    'scored',
    'cloud_fallback',
    'default_lane',
    'model_fallback',
  ]),
  eligible: z.boolean().describe('false: excluded, because it cannot serve the request.'),
  deferred: z.boolean().describe('true: unhealthy for now, so tried after the others.'),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  score: z.number().nullable(),
});

/** Capabilities that a request may need. */
const needSchema = z.enum(['tools', 'vision', 'json_schema']);

/** Facts given in place of a request. */
export const factsSchema = z.strictObject({
  model: z.string().nullish(),
  kind: z.enum(KINDS).nullish().describe('Default: that of the node or model, else chat.'),
  estimated_tokens: z.int().min(0).nullish(),
  max_output_tokens: z.int().min(0).nullish(),
  size_bytes: z.int().min(0).nullish(),
  is_repository: z.boolean().nullish(),
  needs: z.array(needSchema).nullish(),
  user: z.string().nullish(),
});

/** A body with `messages`; validated by the read phase, as on the data plane. */
export const chatBodySchema = z
  .looseObject({ messages: z.array(z.unknown()).min(1), model: z.string().optional() })
  .describe('A request body of /v1/chat/completions.');

/** A body with `input`. */
export const embeddingsBodySchema = z
  .looseObject({ input: z.unknown(), model: z.string().optional() })
  .describe('A request body of /v1/embeddings.');

/** A body with `prompt`. */
export const completionBodySchema = z
  .looseObject({ prompt: z.unknown(), model: z.string().optional() })
  .describe('A request body of /v1/completions.');

/** A body with `documents`. */
export const rerankBodySchema = z
  .looseObject({ query: z.unknown(), documents: z.unknown(), model: z.string().optional() })
  .describe('A request body of /v1/rerank.');

/** The plan that a request would get. */
export const resolvedSchema = z.object({
  generation: z.int(),
  requested: z.string(),
  node: z.string().nullable(),
  lane: z.string().nullable(),
  rule: z.enum(['deep_ingest']).nullable().describe('The rule that rerouted the request.'),
  facts: z.object({
    estimated_tokens: z.number(),
    max_output_tokens: z.number().nullable(),
    size_bytes: z.number(),
    stream: z.boolean(),
    needs: z.array(needSchema),
  }),
  targets: z.array(planTargetSchema),
  warnings: z.array(warningSchema),
});
