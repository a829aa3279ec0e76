import type { ReasoningEffort, ReasoningRequest } from '../../../protocol/chat.ts';
import type { Effort, ModelRules } from '../../../protocol/model-rules.ts';
import type { WarningList } from '../../warning-list.ts';

/** The API's minimum for `budget_tokens`. */
export const MIN_BUDGET = 1024;

/** Budgets in tokens, for models that take a budget instead of an effort. */
const BUDGETS: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: MIN_BUDGET,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000,
};

/** In ascending order. */
const EFFORTS: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/** The fields of a Messages body that control thinking. */
export interface EncodedThinking {
  /** null: the field is omitted. */
  readonly thinking: Readonly<Record<string, unknown>> | null;
  readonly effort: Effort | null;
}

/** The parts of a request that affect thinking. */
export interface ThinkingContext {
  readonly rules: ModelRules;
  /** The `max_tokens` that is sent. */
  readonly maxTokens: number;
  /** The reply continues a turn without thinking: a prefill, or a tool loop. */
  readonly midReply: boolean;
  readonly warnings: WarningList;
}

const NOTHING: EncodedThinking = { thinking: null, effort: null };

/** Encodes the client's reasoning options in the form that this model supports (wire cases 104 to 106). */
export function encodeThinking(
  requested: ReasoningRequest | null,
  context: ThinkingContext,
): EncodedThinking {
  if (requested === null) return NOTHING;
  const { rules, warnings } = context;
  if (!rules.manualThinking && !rules.adaptiveThinking) {
    if (requested.effort !== 'none') warnings.dropped('reasoning_effort');
    return NOTHING;
  }
  if (requested.effort === 'none') return withoutThinking(rules, warnings);
  if (!rules.adaptiveThinking || (requested.budgetTokens !== null && rules.manualThinking)) {
    const thinking = budgeted(requested, context);
    // A model may know both; then the budget bounds the thinking and the effort the rest.
    return { thinking, effort: thinking === null ? null : nearestEffort(requested.effort, rules, warnings) };
  }
  if (requested.budgetTokens !== null) warnings.dropped('thinking.budget_tokens');
  return {
    thinking: { type: 'adaptive', ...display(requested) },
    effort: nearestEffort(requested.effort, rules, warnings),
  };
}

/** Switches thinking off, or reduces it to the model's minimum. */
function withoutThinking(rules: ModelRules, warnings: WarningList): EncodedThinking {
  switch (rules.withoutThinking) {
    case 'always':
    // Without an effort in the request, the model's default effort is not above high.
    case 'below-xhigh':
      return { thinking: { type: 'disabled' }, effort: null };
    case 'between-tools':
      return { thinking: { type: 'between_tools' }, effort: null };
    case 'never': {
      warnings.changed('reasoning_effort (thinking cannot be switched off)');
      return { thinking: null, effort: rules.efforts[0] ?? null };
    }
  }
}

/**
 * Thinking with a budget that leaves at least half of `max_tokens` for the answer. `max_tokens` bounds the client's
 * costs and is never raised: if the half is too small, or the reply continues a turn without thinking, thinking is
 * dropped (wire case 106).
 */
function budgeted(requested: ReasoningRequest, context: ThinkingContext): EncodedThinking['thinking'] {
  const { maxTokens, midReply, warnings } = context;
  const half = Math.floor(maxTokens / 2);
  if (midReply || half < MIN_BUDGET) {
    warnings.dropped(
      `reasoning_effort (${midReply ? 'the turn began without thinking' : 'max_tokens too small'})`,
    );
    return null;
  }
  const clientBudget = requested.budgetTokens;
  const desired =
    clientBudget ??
    BUDGETS[requested.effort === null || requested.effort === 'none' ? 'high' : requested.effort];
  // A budget that the client set may exceed the half, as long as it is valid for `max_tokens`.
  const limit = clientBudget !== null && clientBudget < maxTokens ? clientBudget : half;
  const budget = Math.max(MIN_BUDGET, Math.min(desired, limit));
  if (clientBudget !== null && budget !== clientBudget) warnings.changed('thinking.budget_tokens');
  return { type: 'enabled', budget_tokens: budget, ...display(requested) };
}

/** The requested effort, else the highest lower one that the model supports, else its lowest. */
function nearestEffort(
  requested: ReasoningEffort | null,
  rules: ModelRules,
  warnings: WarningList,
): Effort | null {
  if (requested === null || requested === 'none') return null;
  const { efforts } = rules;
  const wanted: Effort = requested === 'minimal' ? 'low' : requested;
  const limit = EFFORTS.indexOf(wanted);
  const nearest = efforts.findLast((effort) => EFFORTS.indexOf(effort) <= limit) ?? efforts[0] ?? null;
  if (nearest !== null && nearest !== requested)
    warnings.changed(`reasoning_effort (${requested} to ${nearest})`);
  return nearest;
}

function display(requested: ReasoningRequest): { display?: string } {
  return requested.display === 'summarized' || requested.display === 'omitted'
    ? { display: requested.display }
    : {};
}
