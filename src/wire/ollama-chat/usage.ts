import type { ChatUsage } from '../../protocol/chat.ts';
import { tokenCount, type JsonObject } from '../json/value.ts';

/**
 * The counts of a reply or of the last line of a stream; null without any. The server leaves out a count of zero (wire
 * case 151).
 */
export function readOllamaUsage({
  prompt_eval_count: prompt,
  eval_count: reply,
}: JsonObject): ChatUsage | null {
  const [inputTokens, outputTokens] = [tokenCount(prompt), tokenCount(reply)];
  if (inputTokens === null && outputTokens === null) return null;
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cachedInputTokens: null,
    reasoningTokens: null,
    cacheWriteTokens: null,
  };
}
