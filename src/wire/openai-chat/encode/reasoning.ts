import type { ReasoningEffort, ReasoningRequest } from '../../../protocol/chat.ts';
import type { TargetRequest } from '../../exchange.ts';
import type { WarningList } from '../../warning-list.ts';
import type { OpenAiTraits } from '../dialect.ts';

/** From weakest to strongest. */
const ORDER: readonly ReasoningEffort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/**
 * Effort by thinking budget, up to `limit` tokens. The limits lie between the budgets that Claude Code requests for
 * "think" (4,000), "think hard" (10,000) and "ultrathink" (31,999).
 */
const BUDGETS: readonly (readonly [limit: number, effort: ReasoningEffort])[] = [
  [0, 'none'],
  [5_000, 'low'],
  [16_000, 'medium'],
  [Infinity, 'high'],
];

/**
 * The `reasoning_effort` to send (wire cases 133, 155, 156); null for none. An explicit effort takes precedence over a
 * budget. An effort that the server does not support becomes the nearest one that it does; thinking is never switched
 * off because an effort is unsupported.
 */
export function encodeEffort(
  reasoning: ReasoningRequest | null,
  traits: Pick<OpenAiTraits, 'efforts' | 'effortModels'>,
  { modelId, reasons = false }: Pick<TargetRequest, 'modelId' | 'reasons'>,
  warnings: WarningList,
): ReasoningEffort | null {
  if (reasoning === null) return null;
  // A summary is less than what servers of this wire return anyway.
  if (reasoning.display === 'omitted') warnings.dropped('thinking.display');
  const requested = reasoning.effort ?? effortOfBudget(reasoning.budgetTokens);
  if (requested === null) return null;
  const takesEffort = reasons || (traits.effortModels?.test(modelId) ?? true);
  const sent = takesEffort ? nearestEffort(requested, traits.efforts) : null;
  if (sent === null) warnings.dropped('reasoning_effort');
  else if (sent !== requested) warnings.changed(`reasoning_effort ${sent}`);
  return sent;
}

/** The effort that a thinking budget in tokens stands for; null without one. */
export function effortOfBudget(tokens: number | null): ReasoningEffort | null {
  if (tokens === null) return null;
  return BUDGETS.find(([limit]) => tokens <= limit)?.[1] ?? null;
}

/**
 * The supported effort nearest to the requested one, the weaker of two equally near ones; null if none is supported.
 * Never `none` in place of another.
 */
export function nearestEffort(
  requested: ReasoningEffort,
  supported: readonly ReasoningEffort[],
): ReasoningEffort | null {
  if (supported.includes(requested)) return requested;
  const thinking = supported.filter((effort) => effort !== 'none');
  const rank = ORDER.indexOf(requested);
  const distance = (effort: ReasoningEffort): number => Math.abs(ORDER.indexOf(effort) - rank);
  return thinking.reduce<ReasoningEffort | null>(
    (best, effort) => (best === null || distance(effort) < distance(best) ? effort : best),
    null,
  );
}
