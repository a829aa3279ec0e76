import { isJsonObject, tokenCount } from '../../json/value.ts';
import { readUsage, writeUsage } from '../usage.ts';
import type { MutableJson } from './context.ts';
import type { Rule } from './rule.ts';
import { setNames } from './names.ts';
import type { StreamState } from './state.ts';

/**
 * Usage is sent in a separate chunk, `choices: []`, and only to a client that requested it. If it comes in every chunk
 * (vLLM's `continuous_usage_stats`) or in the finish chunk, the last one is sent at the end: Continue drops the text of
 * chunks with usage.
 */
export const usageOnce: Rule = {
  name: 'usage once, in a chunk of its own, when asked for',
  cases: [7, 40, 41, 43, 44, 45, 46],
  standalone: true,
  presentation: true,
  chunk: (chunk, stream) => {
    const { usage, choices } = chunk;
    if (!isJsonObject(usage) || stream.usageWish === 'as sent') return false;
    if (Array.isArray(choices) && choices.length > 0) {
      chunk['usage'] = stream.usageWish === 'once' ? null : undefined;
      return true;
    }
    stream.tellsUsage = stream.usageWish === 'once' && stream.whole;
    stream.dropped = !stream.tellsUsage;
    return false;
  },
};

/**
 * All three totals, with a correct sum: Zed fails without. A usage without counts is dropped. Of several in a stream
 * the last one counts; counts that it omits keep their earlier values.
 */
export const usageTotal: Rule = {
  name: 'total_tokens is the sum',
  cases: [44, 47],
  standalone: true,
  chunk: (chunk, stream) => {
    const { usage } = chunk;
    if (!isJsonObject(usage)) return false;
    if (!hasCounts(usage)) return removeUsage(chunk);
    const changed = completeTotal(usage, stream.usage);
    stream.usage = usage;
    return changed;
  },
  reply: (reply) => {
    const { usage } = reply;
    if (!isJsonObject(usage)) return false;
    return hasCounts(usage) ? completeTotal(usage, null) : removeUsage(reply);
  },
};

/** Groq reports the usage of a stream in `x_groq`, llama-server in its timings, whether requested or not. */
export const usageElsewhere: Rule = {
  name: 'usage in x_groq or in timings',
  cases: [43],
  standalone: true,
  chunk: (chunk, stream) => {
    if (isJsonObject(chunk['usage'])) return false;
    const counts = readUsage(chunk);
    if (counts === null) return false;
    const { x_groq: groq } = chunk;
    const given = isJsonObject(groq) && isJsonObject(groq['usage']) ? groq['usage'] : null;
    const usage: MutableJson = { ...(given ?? writeUsage({ ...counts, cacheWriteTokens: null })) };
    completeTotal(usage, stream.usage);
    stream.usage = usage;
    return false;
  },
};

/** The usage chunk that the client requested; null when there is none to send. */
export function lastUsageChunk(stream: StreamState): MutableJson | null {
  const { usage } = stream;
  if (stream.usageWish !== 'once' || usage === null) return null;
  const chunk: MutableJson = {};
  setNames(chunk, stream);
  return Object.assign(chunk, { choices: [], usage });
}

function hasCounts(usage: MutableJson): boolean {
  return tokenCount(usage['prompt_tokens']) !== null || tokenCount(usage['completion_tokens']) !== null;
}

function removeUsage(value: MutableJson): boolean {
  value['usage'] = undefined;
  return true;
}

function completeTotal(usage: MutableJson, before: MutableJson | null): boolean {
  const input = tokenCount(usage['prompt_tokens']) ?? tokenCount(before?.['prompt_tokens']) ?? 0;
  const output = tokenCount(usage['completion_tokens']) ?? tokenCount(before?.['completion_tokens']) ?? 0;
  if (
    usage['total_tokens'] === input + output &&
    usage['prompt_tokens'] === input &&
    usage['completion_tokens'] === output
  ) {
    return false;
  }
  Object.assign(usage, { prompt_tokens: input, completion_tokens: output, total_tokens: input + output });
  return true;
}
