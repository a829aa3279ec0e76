import { isJsonObject, tokenCount } from '../../json/value.ts';
import type { MutableJson, Rule } from './rule.ts';
import { setNames } from './ids.ts';
import type { StreamState } from './state.ts';

/**
 * Usage goes out in one chunk of its own, `choices: []`, and only to a client that asked. Of a usage on every chunk
 * (vLLM's `continuous_usage_stats`) or in the finish chunk the last one goes out at the end: Continue drops the text of
 * chunks that have one.
 */
export const usageOnce: Rule = {
  name: 'usage once, in a chunk of its own, when asked for',
  cases: [7, 40, 41, 43, 44, 45, 46],
  blind: true,
  presentation: true,
  chunk: (chunk, stream) => {
    const { usage, choices } = chunk;
    if (!isJsonObject(usage) || stream.usageWish === 'as sent') return false;
    if (Array.isArray(choices) && choices.length > 0) {
      if (hasCounts(usage)) stream.usage = usage;
      chunk['usage'] = stream.usageWish === 'once' ? null : undefined;
      return true;
    }
    if (stream.usageWish === 'once' && stream.whole && !stream.usageSent) {
      stream.usageSent = true;
    } else {
      if (hasCounts(usage)) stream.usage = usage;
      stream.dropped = true;
    }
    return false;
  },
};

/** All three totals, and a sum that is one: Zed fails without. */
export const usageTotal: Rule = {
  name: 'total_tokens is the sum',
  cases: [47],
  blind: true,
  chunk: (chunk) => completeTotal(chunk['usage']),
  reply: (reply) => completeTotal(reply['usage']),
};

/** Groq tells the usage of a stream in `x_groq`, asked or not; it may have to go out at the end. */
export const groqUsage: Rule = {
  name: 'usage in x_groq',
  cases: [43],
  blind: true,
  chunk: (chunk, stream) => {
    const { x_groq: groq } = chunk;
    if (!isJsonObject(groq) || !isJsonObject(groq['usage'])) return false;
    const usage = { ...groq['usage'] };
    completeTotal(usage);
    stream.usage = usage;
    return false;
  },
};

/** The usage chunk that a client asked for and the upstream did not send as one; null when there is none to send. */
export function lastUsageChunk(stream: StreamState, known: MutableJson | null): MutableJson | null {
  const usage = stream.usage ?? known;
  if (stream.usageWish !== 'once' || stream.usageSent || usage === null) return null;
  const chunk: MutableJson = {};
  setNames(chunk, stream);
  return Object.assign(chunk, { choices: [], usage });
}

function hasCounts(usage: MutableJson): boolean {
  return tokenCount(usage['prompt_tokens']) !== null || tokenCount(usage['completion_tokens']) !== null;
}

function completeTotal(usage: unknown): boolean {
  if (!isJsonObject(usage) || !hasCounts(usage)) return false;
  const input = tokenCount(usage['prompt_tokens']) ?? 0;
  const output = tokenCount(usage['completion_tokens']) ?? 0;
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
