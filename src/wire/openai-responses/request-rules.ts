import type { TargetRequest } from '../exchange.ts';
import { largestLimit, lowerLimit } from '../output-limit.ts';
import type { WarningList } from '../warning-list.ts';
import type { ResponsesDialect } from './dialect.ts';

/** The output limit of this wire, which includes reasoning. */
export const LIMIT = 'max_output_tokens';

/** Fields that models without sampling parameters refuse (wire case 82). */
const SAMPLING: readonly string[] = ['temperature', 'top_p', 'top_logprobs'];

/** The fields that the upstream refuses for this model. */
export function refusedNames(
  { refuses, withoutSampling }: ResponsesDialect,
  modelId: string,
): readonly string[] {
  return withoutSampling?.test(modelId) === true ? [...refuses, ...SAMPLING] : refuses;
}

/**
 * The output limit, at most what model and window allow (wire case 211) and at least what the server accepts; a changed
 * one adds a warning.
 */
export function boundedLimit(
  requested: number,
  { outputLimits, minOutputTokens }: ResponsesDialect,
  target: TargetRequest,
  warnings: WarningList,
): number {
  const table = outputLimits.find(([models]) => models.test(target.modelId))?.[1] ?? null;
  const lowered = lowerLimit(requested, largestLimit(target, table), LIMIT, warnings);
  // The server explains a limit that makes no sense.
  if (lowered >= minOutputTokens || lowered < 1) return lowered;
  warnings.changed(`${LIMIT} (${lowered} to ${minOutputTokens})`);
  return minOutputTokens;
}
