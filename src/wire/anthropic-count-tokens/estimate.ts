import type { RequestFacts } from '../../protocol/facts.ts';

/**
 * What an estimate is raised by, since one that is too low makes Claude Code compact too late (wire case 139: another
 * vendor's tokenizer counts 15 % too few). Four bytes a token fit English prose; code takes up to half as many more
 * (measured with a small model's tokenizer).
 */
const RAISED_BY = 1.5;
/** What a chat template puts around any prompt, in tokens. */
const FRAME_TOKENS = 32;
/** The instructions that come with tools: 176 in ChatML's template, up to 346 at Anthropic (its tool use guide). */
const TOOLS_FRAME_TOKENS = 350;

/** The answer where the target's server cannot count: an estimate, at least as high as the truth on average. */
export function estimateCount({ estimatedTokens, needs }: RequestFacts): Buffer {
  const frame = FRAME_TOKENS + (needs.includes('tools') ? TOOLS_FRAME_TOKENS : 0);
  const tokens = Math.ceil(estimatedTokens * RAISED_BY) + frame;
  return Buffer.from(JSON.stringify({ input_tokens: tokens }));
}
