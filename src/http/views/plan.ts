import { z } from 'zod';

import { KINDS, SPEEDS } from '../../protocol/capabilities.ts';
import { planTargets } from '../../execution/record/plan-text.ts';
import type { ChainLink, Plan } from '../../routing/plan.ts';
import { rounded, scoreParts } from '../../routing/score.ts';
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
  score: z.number().nullable().describe('By the requirements of its lane; null: without a lane.'),
});

/** One target of a plan that is only shown, with the parts of its score. */
const scoredTargetSchema = planTargetSchema.extend({
  score_parts: z
    .object({
      above_requirements: z.number(),
      swap_cost: z.number().describe('It must be loaded first: 0.01 for each second that a load takes.'),
      memory: z.number().describe('Less memory is free than recommended.'),
      price: z.number(),
      speed: z.enum(SPEEDS).nullable().describe('Decides between equal scores.'),
    })
    .nullable()
    .describe('The numbers add up to the score.'),
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
  targets: z.array(scoredTargetSchema),
  warnings: z.array(warningSchema),
});

type ScoredTarget = z.infer<typeof scoredTargetSchema>;

/** The targets of a plan with the parts of their scores; `now` is monotonic ms. */
export function scoredTargets(plan: Plan, now: number): ScoredTarget[] {
  return planTargets(plan, now).map((target, index) => ({
    ...target,
    score_parts: partsOf(plan.entries[index]?.link),
  }));
}

function partsOf(link: ChainLink | undefined): ScoredTarget['score_parts'] {
  if (link === undefined || link.lane === null) return null;
  const parts = scoreParts(link.target, link.lane.requirements, link.residency);
  return {
    above_requirements: rounded(parts.aboveRequirements),
    swap_cost: rounded(parts.swapCost),
    memory: rounded(parts.memory),
    price: rounded(parts.price),
    speed: link.target.speed,
  };
}
