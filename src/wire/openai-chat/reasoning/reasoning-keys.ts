/** The keys under which messages have plain thinking. */
export const REASONING_KEYS = ['reasoning_content', 'reasoning'] as const;

/** One of them. */
export type ReasoningKey = (typeof REASONING_KEYS)[number];

/** The keys under which messages have any thinking. */
export const THINKING_KEYS = [...REASONING_KEYS, 'thinking_blocks'] as const;

/** One of them. */
export type ThinkingKey = (typeof THINKING_KEYS)[number];

/** How a server takes thinking in requests, as in its traits. */
interface ReasoningTraits {
  readonly reasoningField: ReasoningKey | 'both' | null;
  readonly reasoningModels: RegExp | null;
}

/** The keys that a model reads on its server; none if it takes no thinking in requests. */
export function reasoningKeys(
  { reasoningField, reasoningModels }: ReasoningTraits,
  modelId: string,
): readonly ReasoningKey[] {
  if (reasoningField === null || reasoningModels?.test(modelId) === false) return [];
  return reasoningField === 'both' ? REASONING_KEYS : [reasoningField];
}
