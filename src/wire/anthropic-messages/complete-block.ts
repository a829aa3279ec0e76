import type { JsonObject } from '../json/value.ts';

/** The blocks whose deltas are known, with their required keys. */
export const EMPTY_BLOCKS: Readonly<Record<string, JsonObject>> = {
  text: { type: 'text', text: '' },
  thinking: { type: 'thinking', thinking: '', signature: '' },
  redacted_thinking: { type: 'redacted_thinking', data: '' },
  tool_use: { type: 'tool_use', input: {} },
};

/**
 * Keys of a block that the API leaves out where there is nothing to report: `@ai-sdk/anthropic` 3 and 4 reject a whole
 * reply with a null there (`anthropicMessagesResponseSchema`).
 */
const NEVER_NULL = ['citations', 'caller'] as const;

/**
 * The block of a reply with the keys that clients require and some servers omit, and without nulls that clients reject;
 * the same object if it is complete.
 */
export function completeBlock(block: JsonObject): JsonObject {
  const empty = EMPTY_BLOCKS[String(block['type'])];
  const lacks = empty !== undefined && Object.keys(empty).some((key) => (block[key] ?? null) === null);
  if (lacks) return { ...empty, ...withoutNulls(block) };
  return NEVER_NULL.some((key) => block[key] === null) ? without(block, NEVER_NULL) : block;
}

/** The object without keys whose value is null or undefined. */
export function withoutNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null && one !== undefined));
}

/** The object without those of these keys that are null. */
function without(value: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(([key, one]) => one !== null || !keys.includes(key)),
  );
}
