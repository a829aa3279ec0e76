import type { ReasoningEffort } from './chat.ts';

/** How hard a model can be told to think, where it takes the word at all. */
export type Effort = Exclude<ReasoningEffort, 'none' | 'minimal'>;

/**
 * What one model of a vendor takes and refuses beyond what its wire says: data that the model's provider knows (its own
 * list at run time, else a built-in table) and that only the writer of that vendor's wire reads. Where a target has
 * none (`null`), its wire's common ground counts.
 */
export interface ModelRules {
  /** Takes `temperature`, `top_p` and `top_k`. */
  readonly sampling: boolean;
  /** Thinks within a budget of tokens that the request names (`thinking.type` `enabled`). */
  readonly manualThinking: boolean;
  /** Decides itself when and how much to think (`thinking.type` `adaptive`). */
  readonly adaptiveThinking: boolean;
  /**
   * How thinking is switched off: `always` possible; only up to effort high (`below-xhigh`); only as far as thinking
   * between tools goes (`between-tools`); `never`.
   */
  readonly withoutThinking: 'always' | 'below-xhigh' | 'between-tools' | 'never';
  /** The efforts it knows, weakest first; none: it takes no effort. */
  readonly efforts: readonly Effort[];
  /** A call of a tool can be forced (`tool_choice` `any` or one by name). */
  readonly forcedToolChoice: boolean;
  /** The answer can be held to a JSON schema, and tools' arguments to theirs (`strict`). */
  readonly jsonSchema: boolean;
  /** A last turn of the assistant is taken as the beginning of the reply. */
  readonly prefill: boolean;
  /** System turns may stand between the others. */
  readonly systemTurns: boolean;
  /** Reads PDF and text documents. */
  readonly documents: boolean;
  /** Largest reply in tokens; null when unknown. */
  readonly maxOutputTokens: number | null;
}
