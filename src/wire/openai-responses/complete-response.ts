import { isJsonObject, tokenCount, type JsonObject } from '../json/value.ts';

/** Keys that OpenAI's types require, if only as null (openai-node 7.55, `Response`; wire case 180). */
const REQUIRED: JsonObject = {
  object: 'response',
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: null,
  output: [],
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: 'auto',
  tools: [],
  top_p: null,
};

/**
 * A response with the keys that clients require and some servers leave out; the same object if it has them. `model`: for
 * one that names none; `now` in milliseconds since 1970.
 */
export function completeResponse(response: JsonObject, model: string, now: number): JsonObject {
  const missing: Record<string, unknown> = {};
  for (const key of Object.keys(REQUIRED)) if (response[key] === undefined) missing[key] = REQUIRED[key];
  if (typeof response['created_at'] !== 'number') missing['created_at'] = Math.floor(now / 1000);
  if (typeof response['model'] !== 'string') missing['model'] = model;
  const usage = completeUsage(response['usage']);
  if (usage !== response['usage']) missing['usage'] = usage;
  return Object.keys(missing).length === 0 ? response : { ...response, ...missing };
}

/** A usage with its sum and its details. */
function completeUsage(usage: unknown): unknown {
  if (!isJsonObject(usage)) return usage;
  const input = tokenCount(usage['input_tokens']) ?? 0;
  const output = tokenCount(usage['output_tokens']) ?? 0;
  const { input_tokens_details: prompt, output_tokens_details: reply } = usage;
  const isWhole =
    usage['input_tokens'] === input &&
    usage['output_tokens'] === output &&
    tokenCount(usage['total_tokens']) !== null &&
    isJsonObject(prompt) &&
    isJsonObject(reply);
  if (isWhole) return usage;
  return {
    ...usage,
    input_tokens: input,
    output_tokens: output,
    total_tokens: tokenCount(usage['total_tokens']) ?? input + output,
    input_tokens_details: isJsonObject(prompt) ? prompt : { cached_tokens: 0 },
    output_tokens_details: isJsonObject(reply) ? reply : { reasoning_tokens: 0 },
  };
}

/** The encrypted reasoning in the output of a response: only the model that made it can read it. */
export function encryptedIn({ output }: JsonObject): readonly string[] {
  if (!Array.isArray(output)) return [];
  return (output as readonly unknown[]).flatMap((item) => {
    const encrypted = isJsonObject(item) && item['type'] === 'reasoning' ? item['encrypted_content'] : null;
    return typeof encrypted === 'string' && encrypted !== '' ? [encrypted] : [];
  });
}
