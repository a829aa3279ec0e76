/** The keys under which messages have plain thinking. */
export const REASONING_KEYS = ['reasoning_content', 'reasoning'] as const;

/** One of them. */
export type ReasoningKey = (typeof REASONING_KEYS)[number];

/** The keys under which messages have any thinking. */
export const THINKING_KEYS = [...REASONING_KEYS, 'thinking_blocks'] as const;

/** One of them. */
export type ThinkingKey = (typeof THINKING_KEYS)[number];

/** The keys that a server with this `reasoningField` reads; none if it does not support thinking in requests. */
export function reasoningKeys(field: ReasoningKey | 'both' | null): readonly ReasoningKey[] {
  if (field === null) return [];
  return field === 'both' ? REASONING_KEYS : [field];
}
