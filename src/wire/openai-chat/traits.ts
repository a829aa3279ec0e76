import type { ReasoningEffort } from '../../protocol/chat.ts';

/**
 * What a server of the OpenAI chat wire makes of a request that was translated from another wire: facts of its type,
 * as data. A client's own OpenAI body goes through unchanged and needs none of them.
 */
export interface OpenAiTraits {
  /**
   * The values of `reasoning_effort` that it takes, weakest first; the asked one becomes the nearest of them. Only
   * `none`: thinking can be switched off and is otherwise the model's own matter. Empty: it takes no effort.
   */
  readonly efforts: readonly ReasoningEffort[];
  /** Model ids that take an effort at all; null: all of them. */
  readonly effortModels: RegExp | null;
  /** Model ids to which system turns are written as `developer`; null: none (wire case 83). */
  readonly developerModels: RegExp | null;
  /** The key under which it reads back an assistant turn's thinking; null: not at all (wire case 146). */
  readonly reasoningField: 'reasoning_content' | 'reasoning' | null;
  /** Takes `top_k`. */
  readonly topK: boolean;
  /** The values of `service_tier` that it takes (wire case 97). */
  readonly serviceTiers: readonly ('auto' | 'default')[];
  /** Takes a `tool_choice` that names a tool; where not, `required` goes out with that one tool. */
  readonly namedToolChoice: boolean;
  /** Fetches pictures from web addresses (wire case 89). */
  readonly imageUrls: boolean;
  /** Model ids that take `prompt_cache_breakpoint`; null: none. */
  readonly cacheModels: RegExp | null;
  /** Longest name of a tool, in characters of `A-Za-z0-9_-`; null: any name will do (wire case 72). */
  readonly toolNameLength: number | null;
}

/** What holds where a type says nothing: the common ground of servers that are not known better. */
export const COMMON_TRAITS: OpenAiTraits = {
  efforts: ['none', 'low', 'medium', 'high'],
  effortModels: null,
  developerModels: null,
  reasoningField: null,
  topK: false,
  serviceTiers: [],
  namedToolChoice: true,
  imageUrls: true,
  cacheModels: null,
  toolNameLength: 64,
};
