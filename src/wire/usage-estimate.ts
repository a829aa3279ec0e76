import type { ChatUsage } from '../protocol/chat.ts';
import { estimateTokens } from './fields/read-body.ts';

/**
 * The usage of a reply whose upstream reported none: the estimate of the prompt, and the UTF-8 bytes of the reply's text
 * and arguments ÷ 4.
 */
export function estimatedUsage(estimatedInputTokens: number, outputBytes: number): ChatUsage {
  return {
    inputTokens: estimatedInput(estimatedInputTokens),
    outputTokens: estimatedOutput(outputBytes),
    cachedInputTokens: null,
    reasoningTokens: null,
    cacheWriteTokens: null,
    estimated: true,
  };
}

/** Estimated tokens of a prompt; never 0: Claude Code uses the first count of a stream (wire case 48). */
export function estimatedInput(estimatedInputTokens: number): number {
  return Math.max(1, estimatedInputTokens);
}

/** Estimated tokens of this many bytes of a reply. */
export function estimatedOutput(bytes: number): number {
  return estimateTokens(bytes, 0);
}

/** UTF-8 bytes of those of the values that are text. */
export function textBytes(...values: readonly unknown[]): number {
  let bytes = 0;
  for (const value of values) if (typeof value === 'string') bytes += Buffer.byteLength(value);
  return bytes;
}
