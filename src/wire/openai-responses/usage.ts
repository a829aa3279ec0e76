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
