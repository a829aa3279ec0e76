import type { Usage } from './usage.ts';

/**
 * A chat request in the words of no vendor: what a translation between two wires goes through. It holds what can be
 * carried; what a wire cannot say is refused or reported before it gets here.
 */
export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  /** Tokens; null when the client set no limit. */
  readonly maxOutputTokens: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly stop: readonly string[];
  /** An opaque id of the end user, for the vendor's abuse handling. */
  readonly user: string | null;
  readonly stream: boolean;
}

/** One turn. `system` covers OpenAI's `developer` too. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  /** Pieces of text in their order, none of them empty. */
  readonly texts: readonly string[];
}

/** Why a reply ended. */
export type FinishReason = 'stop' | 'length' | 'content_filter';

/** Usage with the one count more that translated replies tell. */
export interface ChatUsage extends Usage {
  /** Prompt tokens written to the vendor's cache; part of `inputTokens`. */
  readonly cacheWriteTokens: number | null;
}

/** A whole reply. */
export interface ChatReply {
  /** The upstream's own id. */
  readonly id: string | null;
  readonly model: string | null;
  readonly text: string | null;
  readonly reasoning: string | null;
  /** The vendor's words where it refused to answer. */
  readonly refusal: string | null;
  readonly finish: FinishReason;
  readonly usage: ChatUsage | null;
}
