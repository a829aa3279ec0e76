import { z } from 'zod';

import { TARGET_FAILURES } from '../../protocol/failure-rules.ts';
import { dollars, errorRate, type MeasuredModel } from '../../routing/recommendation.ts';
import type { ModelEntry } from '../../routing/snapshot.ts';
import type { AttemptTotals, UsageRow } from '../../store/store.ts';
import { timeSchema } from './shapes.ts';

const measuredSchema = z.object({
  provider: z.string(),
  model_id: z.string(),
  requests: z.int().describe('Attempts that it answered, or failed by its own fault.'),
  error_rate: z.number().nullable().describe('0 to 1.'),
  p50_ms: z.number().nullable(),
  usd_per_mtok: z
    .number()
    .nullable()
    .describe('Three tokens read for each one written; 0: local, without a price; null: unknown.'),
});

/** A better model for a node or lane. */
export const recommendationSchema = z.object({
  node: z.string().describe('The node, or `lane:NAME`.'),
  generation: z.int(),
  from: timeSchema,
  to: timeSchema,
  current: measuredSchema.nullable(),
  recommendation: measuredSchema.nullable().describe('null: none, for the reason given.'),
  reason: z.string(),
});

/** Formats what is known of a model. */
export function measuredView(measured: MeasuredModel): z.infer<typeof measuredSchema> {
  const { model, attempts, p50Ms } = measured;
  return {
    provider: model.provider.id,
    model_id: model.modelId,
    requests: attempts,
    error_rate: errorRate(measured),
    p50_ms: p50Ms,
    usd_per_mtok: dollars(model),
  };
}

/** What the ledger knows of models, by full id. */
export function measure(
  models: Iterable<ModelEntry>,
  usage: readonly UsageRow[],
  totals: readonly AttemptTotals[],
): MeasuredModel[] {
  const times = new Map(usage.map(({ group, p50Ms }) => [group, p50Ms]));
  const counts = new Map<string, { attempts: number; failures: number }>();
  for (const { target, class: failure, attempts } of totals) {
    const isFailure = failure !== null && TARGET_FAILURES.has(failure);
    // A caller's mistake, or a client that has disconnected, says nothing about the model.
    if (failure !== null && !isFailure) continue;
    const count = counts.get(target) ?? { attempts: 0, failures: 0 };
    count.attempts += attempts;
    if (isFailure) count.failures += attempts;
    counts.set(target, count);
  }
  return Array.from(models, (model) => ({
    model,
    ...(counts.get(model.id) ?? { attempts: 0, failures: 0 }),
    p50Ms: times.get(model.id) ?? null,
  }));
}
