import type { Usage } from './usage.ts';

/**
 * A vendor-neutral chat request, the intermediate form of a translation between two wires. It contains what at least one
 * other wire can express; anything else is rejected earlier (`unsupported_parameter`) or dropped with a warning.
 */
export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly Tool[];
  /** null: not given. Never set without tools (wire case 78). */
  readonly toolChoice: ToolChoice | null;
  /** Whether the model may call several tools in one turn; null: not given. */
  readonly parallelTools: boolean | null;
  /** Required format of the answer; null: free text. */
  readonly format: AnswerFormat | null;
  /** The client's settings for thinking; null: not given. */
  readonly reasoning: ReasoningRequest | null;
  /** Tokens; null: no limit given. */
  readonly maxOutputTokens: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly stop: readonly string[];
  /** An opaque id of the end user, for the vendor's abuse handling. */
  readonly user: string | null;
  /** OpenAI's `auto` or `default` (Anthropic: `auto`, `standard_only`); null: not given, or a tier without an equivalent. */
  readonly serviceTier: 'auto' | 'default' | null;
  /** Settings that some wires have and others lack; absent: none. */
  readonly extras?: ChatExtras;
  readonly stream: boolean;
}

/** The settings that some wires have and others lack, by their usual names in OpenAI's chat wire. */
export type ExtraField =
  | 'seed'
  | 'frequency_penalty'
  | 'presence_penalty'
  | 'min_p'
  | 'repeat_penalty'
  | 'num_ctx'
  | 'keep_alive'
  | 'verbosity'
  | 'metadata'
  | 'prompt_cache_key';

/** Values as the client sent them, which the upstream validates; never null. */
export type ChatExtras = Readonly<Partial<Record<ExtraField, unknown>>>;

/**
 * One turn, never empty. `system` includes OpenAI's `developer` and may occur anywhere. Tool results are the first parts
 * of a `user` turn (wire cases 68, 135).
 */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly parts: readonly Part[];
}

/** A part of a turn. */
export type Part =
  TextPart | ImagePart | DocumentPart | ThinkingPart | RedactedThinkingPart | ToolCallPart | ToolResultPart;

/** The end of a prefix that the vendor may cache; `ttl`: the requested time to live, null: the default. */
export interface CacheBreakpoint {
  readonly ttl: string | null;
}

/** A part that can have a cache breakpoint. */
interface Cacheable {
  /** Set: cache the prompt up to and including this part. */
  readonly cache: CacheBreakpoint | null;
}

/** Text, never empty. */
export interface TextPart extends Cacheable {
  readonly type: 'text';
  readonly text: string;
}

/** Data in the request, or a URL from which the vendor fetches it. */
export type MediaSource =
  /** `data` is base64 without line breaks; `mediaType` such as `image/png`. */
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string };

/** An image. */
export interface ImagePart extends Cacheable {
  readonly type: 'image';
  readonly source: MediaSource;
  /** OpenAI's `detail`; null: not given. */
  readonly detail: string | null;
}

/** A document: PDF, or plain text (`mediaType` `text/plain`, `data` the text as base64). */
export interface DocumentPart extends Cacheable {
  readonly type: 'document';
  readonly source: MediaSource;
  readonly name: string | null;
}

/** The model's thinking. Anthropic accepts it in a later request only with its signature (wire cases 108, 109). */
export interface ThinkingPart {
  readonly type: 'thinking';
  /** May be empty when only the signature was returned. */
  readonly text: string;
  readonly signature: string | null;
}

/** Encrypted thinking, passed through unchanged or dropped (wire case 110). */
export interface RedactedThinkingPart {
  readonly type: 'redacted-thinking';
  readonly data: string;
}

/** A tool call by the model. */
export interface ToolCallPart extends Cacheable {
  readonly type: 'tool-call';
  /** Never empty. */
  readonly id: string;
  readonly name: string;
  /** JSON text as written by the model; `{}` when it wrote nothing (wire case 61). */
  readonly arguments: string;
}

/** The result of a tool call. */
export interface ToolResultPart extends Cacheable {
  readonly type: 'tool-result';
  readonly callId: string;
  readonly content: readonly (TextPart | ImagePart | DocumentPart)[];
  readonly isError: boolean;
}

/** A function that the model may call. */
export interface Tool extends Cacheable {
  readonly name: string;
  readonly description: string | null;
  /** JSON Schema of an object (wire case 73). */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** null: not given. */
  readonly strict: boolean | null;
}

/** Which tool the model may or must call. */
export type ToolChoice =
  { readonly type: 'auto' | 'none' | 'required' } | { readonly type: 'tool'; readonly name: string };

/** JSON as the answer: any object, or one that matches a schema. */
export type AnswerFormat =
  | { readonly type: 'json-object' }
  | {
      readonly type: 'json-schema';
      readonly name: string;
      readonly description: string | null;
      readonly schema: Readonly<Record<string, unknown>>;
      readonly strict: boolean | null;
    };

/** How much to think, in OpenAI's terms, from not at all to the maximum. */
export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** A client's settings for thinking; null: not given. */
export interface ReasoningRequest {
  readonly effort: ReasoningEffort | null;
  /** Token budget for thinking (Anthropic's `budget_tokens`). */
  readonly budgetTokens: number | null;
  /** Anthropic's `thinking.display`: whether the thinking is returned. */
  readonly display: string | null;
}

/** Why a reply ended. */
export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter';

/** Usage with the additional count of translated replies. */
export interface ChatUsage extends Usage {
  /** Prompt tokens written to the vendor's cache; part of `inputTokens`. */
  readonly cacheWriteTokens: number | null;
}

/** A part of a reply. */
export type ReplyPart =
  | { readonly type: 'text'; readonly text: string }
  | ThinkingPart
  | RedactedThinkingPart
  | {
      readonly type: 'tool-call';
      readonly id: string;
      readonly name: string;
      /** JSON text. */
      readonly arguments: string;
      /** As in `CallState`; absent: none. */
      readonly state?: string;
    };

/**
 * Opaque state that a vendor attached to a tool call and wants back with it, such as Gemini's thought signature. Only
 * the wire that it came in can carry it.
 */
export interface CallState {
  /** The id of the call as the client got it. */
  readonly callId: string;
  /** JSON text of an object. */
  readonly state: string;
}

/** A complete reply. */
export interface ChatReply {
  /** The upstream's own id. */
  readonly id: string | null;
  readonly model: string | null;
  /** In the model's order: thinking, text and calls may alternate. */
  readonly parts: readonly ReplyPart[];
  /** The text of a refusal; null otherwise. */
  readonly refusal: string | null;
  readonly finish: FinishReason;
  /** The stop sequence that was hit, if the upstream reports it (wire case 138). */
  readonly stopSequence: string | null;
  readonly usage: ChatUsage | null;
}
