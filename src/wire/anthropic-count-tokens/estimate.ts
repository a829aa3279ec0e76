import type { ScannedRequest } from '../exchange.ts';
import { refineEstimate } from '../fields/refine-estimate.ts';

/**
 * Safety factor of the estimate, since a count that is too low makes Claude Code compact too late (wire case 139:
 * another vendor's tokenizer counts 15 % too few); the estimate itself is 0.7 to 1.2 times the count (`textTokens`).
 */
const SAFETY_FACTOR = 1.25;
/** Tokens that a chat template adds to any prompt. */
const FRAME_TOKENS = 32;
/**
 * Tokens of the instructions that tools add: 176 in ChatML's template, up to 346 at Anthropic (its tool use guide).
 */
const TOOLS_FRAME_TOKENS = 350;

/** The reply if the target's server cannot count tokens: an estimate that on average is not below the true count. */
export function estimateCount({ body, facts }: ScannedRequest): Buffer {
  const frame = FRAME_TOKENS + (facts.needs.includes('tools') ? TOOLS_FRAME_TOKENS : 0);
  const tokens = Math.ceil(refineEstimate(body, facts) * SAFETY_FACTOR) + frame;
  return Buffer.from(JSON.stringify({ input_tokens: tokens }));
}
