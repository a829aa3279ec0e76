import type { ReasoningEffort, ReasoningRequest } from '../../protocol/chat.ts';
import type { Effort, ModelRules } from '../../protocol/model-rules.ts';
import type { WarningList } from '../warning-list.ts';

/** The least that the API takes as `budget_tokens`. */
const MIN_BUDGET = 1024;

/** Tokens for models that think within a budget and know no effort. */
const BUDGETS: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: MIN_BUDGET,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000,
};

/** From the least to the most. */
const EFFORTS: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/** What of thinking goes into a Messages body. */
export interface EncodedThinking {
  /** null: the field is left out. */
  readonly thinking: Readonly<Record<string, unknown>> | null;
  readonly effort: Effort | null;
}

/** What stands around the thinking. */
export interface ThinkingContext {
  readonly rules: ModelRules;
  /** The limit that is sent. */
  readonly maxTokens: number;
  /** The reply continues something that has no thinking: a prefill, or a loop of tools. */
  readonly midReply: boolean;
  readonly warnings: WarningList;
}

const NOTHING: EncodedThinking = { thinking: null, effort: null };

/** Writes what the client said of thinking in the words of this model (wire-formats 3.1, wire cases 104 to 106). */
export function encodeThinking(asked: ReasoningRequest | null, context: ThinkingContext): EncodedThinking {
  if (asked === null) return NOTHING;
  const { rules, warnings } = context;
  if (!rules.manualThinking && !rules.adaptiveThinking) {
    if (asked.effort !== 'none') warnings.dropped('reasoning_effort');
    return NOTHING;
  }
  if (asked.effort === 'none') return withoutThinking(rules, warnings);
  if (!rules.adaptiveThinking || (asked.budgetTokens !== null && rules.manualThinking)) {
    const thinking = budgeted(asked, context);
    // A model may know both; then the budget bounds the thinking and the effort the rest.
    return { thinking, effort: thinking === null ? null : nearestEffort(asked.effort, rules, warnings) };
  }
  if (asked.budgetTokens !== null) warnings.dropped('thinking.budget_tokens');
  return {
    thinking: { type: 'adaptive', ...display(asked) },
    effort: nearestEffort(asked.effort, rules, warnings),
  };
}

/** Where thinking cannot be switched off, as little of it as the model allows. */
function withoutThinking(rules: ModelRules, warnings: WarningList): EncodedThinking {
  switch (rules.withoutThinking) {
    case 'always':
    // Without an effort beside it, the model's own is not above high.
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
 * Thinking within a budget that leaves the answer at least half of the limit: the limit is the client's word on the bill
 * and is never raised. Where that is too little, or the reply continues without thinking, there is none (wire case
 * 106).
 */
function budgeted(asked: ReasoningRequest, context: ThinkingContext): EncodedThinking['thinking'] {
  const { maxTokens, midReply, warnings } = context;
  const room = Math.floor(maxTokens / 2);
  if (midReply || room < MIN_BUDGET) {
    warnings.dropped(
      `reasoning_effort (${midReply ? 'the turn began without thinking' : 'max_tokens too small'})`,
    );
    return null;
  }
  const named = asked.budgetTokens;
  const wanted = named ?? BUDGETS[asked.effort === null || asked.effort === 'none' ? 'high' : asked.effort];
  // A client's own budget may take more than half, as long as the pair is valid.
  const most = named !== null && named < maxTokens ? named : room;
  const budget = Math.max(MIN_BUDGET, Math.min(wanted, most));
  if (named !== null && budget !== named) warnings.changed('thinking.budget_tokens');
  return { type: 'enabled', budget_tokens: budget, ...display(asked) };
}

/** The effort itself, else the strongest below it that the model knows, else its weakest. */
function nearestEffort(
  asked: ReasoningEffort | null,
  rules: ModelRules,
  warnings: WarningList,
): Effort | null {
  if (asked === null || asked === 'none') return null;
  const { efforts } = rules;
  const wanted: Effort = asked === 'minimal' ? 'low' : asked;
  const limit = EFFORTS.indexOf(wanted);
  const nearest = efforts.findLast((effort) => EFFORTS.indexOf(effort) <= limit) ?? efforts[0] ?? null;
  if (nearest !== null && nearest !== asked) warnings.changed(`reasoning_effort (${asked} to ${nearest})`);
  return nearest;
}

function display(asked: ReasoningRequest): { display?: string } {
  return asked.display === 'summarized' || asked.display === 'omitted' ? { display: asked.display } : {};
}
