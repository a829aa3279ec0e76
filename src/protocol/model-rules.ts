import type { ReasoningEffort } from './chat.ts';

/** The efforts that a model may accept. */
export type Effort = Exclude<ReasoningEffort, 'none' | 'minimal'>;

/**
 * What a vendor's model accepts and rejects beyond its wire format. The model's provider supplies it (from its own list at
 * run time, else from a built-in table); only the encoder of that vendor's wire reads it. For a target without rules
 * (`null`) the encoder keeps to what all models of the wire accept.
 */
export interface ModelRules {
  /** Accepts `temperature`, `top_p` and `top_k`. */
  readonly sampling: boolean;
  /** Thinks within a token budget given in the request (`thinking.type` `enabled`). */
  readonly manualThinking: boolean;
  /** Decides itself when and how much to think (`thinking.type` `adaptive`). */
  readonly adaptiveThinking: boolean;
  /**
   * When thinking can be disabled: `always`; only up to effort high (`below-xhigh`); only the thinking between tool calls
   * (`between-tools`); `never`.
   */
  readonly withoutThinking: 'always' | 'below-xhigh' | 'between-tools' | 'never';
  /** The efforts it accepts, weakest first; empty: it accepts none. */
  readonly efforts: readonly Effort[];
  /** A tool call can be forced (`tool_choice` `any` or a tool by name). */
  readonly forcedToolChoice: boolean;
  /** The answer can be constrained to a JSON schema, and tool arguments to theirs (`strict`). */
  readonly jsonSchema: boolean;
  /** A final assistant turn is accepted as the beginning of the reply. */
  readonly prefill: boolean;
  /** System turns are accepted between other turns. */
  readonly systemTurns: boolean;
  /** Reads PDF and text documents. */
  readonly documents: boolean;
  /** Largest reply in tokens; null when unknown. */
  readonly maxOutputTokens: number | null;
}
