import type { RequestFacts } from '../../protocol/facts.ts';

/**
 * Safety factor of the estimate, since a count that is too low makes Claude Code compact too late (wire case 139:
 * another vendor's tokenizer counts 15 % too few). Four bytes per token fit English prose; code takes up to 50 % more
 * tokens (measured with a small model's tokenizer).
 */
const SAFETY_FACTOR = 1.5;
/** Tokens that a chat template adds to any prompt. */
const FRAME_TOKENS = 32;
/**
 * Tokens of the instructions that tools add: 176 in ChatML's template, up to 346 at Anthropic (its tool use guide).
 */
const TOOLS_FRAME_TOKENS = 350;

/** The reply if the target's server cannot count tokens: an estimate that on average is not below the true count. */
export function estimateCount({ estimatedTokens, needs }: RequestFacts): Buffer {
  const frame = FRAME_TOKENS + (needs.includes('tools') ? TOOLS_FRAME_TOKENS : 0);
  const tokens = Math.ceil(estimatedTokens * SAFETY_FACTOR) + frame;
  return Buffer.from(JSON.stringify({ input_tokens: tokens }));
}
