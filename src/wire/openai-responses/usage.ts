import type { ChatUsage } from '../../protocol/chat.ts';
import { isJsonObject, tokenCount, type JsonObject } from '../json/value.ts';

/** The usage of a response; null if it reports none. */
export function readResponsesUsage({ usage }: JsonObject): ChatUsage | null {
  if (!isJsonObject(usage)) return null;
  const input = tokenCount(usage['input_tokens']);
  const output = tokenCount(usage['output_tokens']);
  if (input === null && output === null) return null;
  const { input_tokens_details: prompt, output_tokens_details: reply } = usage;
  return {
    inputTokens: input ?? 0,
    outputTokens: output ?? 0,
    cachedInputTokens: isJsonObject(prompt) ? tokenCount(prompt['cached_tokens']) : null,
    reasoningTokens: isJsonObject(reply) ? tokenCount(reply['reasoning_tokens']) : null,
    cacheWriteTokens: isJsonObject(prompt) ? tokenCount(prompt['cache_write_tokens']) : null,
  };
}

/** Usage in the format of this API, with all totals and details (wire cases 47, 180). */
export function writeResponsesUsage(usage: ChatUsage): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cached_tokens: cachedInputTokens ?? 0,
      cache_write_tokens: cacheWriteTokens ?? 0,
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens ?? 0 },
    total_tokens: inputTokens + outputTokens,
  };
}
