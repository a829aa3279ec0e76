import type { ChatUsage } from '../../protocol/chat.ts';
import type { Usage } from '../../protocol/usage.ts';
import { isJsonObject, tokenCount, type JsonObject } from '../json/value.ts';

/**
 * The usage in a reply or chunk: `usage`, else Groq's `x_groq.usage`, else llama.cpp's `timings`, which hold exact
 * counts even if no usage was requested (prompt tokens = cache_n + prompt_n). Null when absent.
 */
export function readUsage(value: JsonObject): Usage | null {
  const { usage, x_groq: groq, timings } = value;
  if (isJsonObject(usage)) return readCounts(usage);
  if (isJsonObject(groq) && isJsonObject(groq['usage'])) return readCounts(groq['usage']);
  return isJsonObject(timings) ? readTimings(timings) : null;
}

/** As `readUsage`, with `cache_write_tokens`, which only translated replies have (wire case 50). */
export function readChatUsage(value: JsonObject): ChatUsage | null {
  const counts = readUsage(value);
  if (counts === null) return null;
  const { usage } = value;
  const details = isJsonObject(usage) ? usage['prompt_tokens_details'] : null;
  const written = isJsonObject(details) ? tokenCount(details['cache_write_tokens']) : null;
  return { ...counts, cacheWriteTokens: written };
}

function readCounts(usage: JsonObject): Usage | null {
  const input = tokenCount(usage['prompt_tokens']);
  const output = tokenCount(usage['completion_tokens']);
  if (input === null && output === null) return null;
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = usage;
  return {
    inputTokens: input ?? 0,
    outputTokens: output ?? 0,
    cachedInputTokens: isJsonObject(prompt) ? tokenCount(prompt['cached_tokens']) : null,
    reasoningTokens: isJsonObject(completion) ? tokenCount(completion['reasoning_tokens']) : null,
  };
}

function readTimings(timings: JsonObject): Usage | null {
  const cached = tokenCount(timings['cache_n']);
  const read = tokenCount(timings['prompt_n']);
  const output = tokenCount(timings['predicted_n']);
  if (read === null || output === null) return null;
  return {
    inputTokens: tokenCount((cached ?? 0) + read) ?? 0,
    outputTokens: output,
    cachedInputTokens: cached,
    reasoningTokens: null,
  };
}

/** Usage in OpenAI's format, with all three totals (wire case 47). */
export function writeUsage(usage: ChatUsage): Readonly<Record<string, unknown>> {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage;
  const written = cacheWriteTokens === null ? {} : { cache_write_tokens: cacheWriteTokens };
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens ?? 0, ...written },
    ...(reasoningTokens === null ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}
