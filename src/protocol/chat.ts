import type { Usage } from './usage.ts';

/**
 * A chat request in the words of no vendor: what a translation between two wires goes through. It holds what at least
 * one other wire can carry; what no translation can express is refused (`unsupported_parameter`) or reported as a
 * warning before it gets here.
 */
export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly Tool[];
  /** null: the client said nothing. Never set without tools (wire case 78). */
  readonly toolChoice: ToolChoice | null;
  /** May the model call several tools in one turn? null: the client said nothing. */
  readonly parallelTools: boolean | null;
  /** The shape that the answer's text must have; null: free text. */
  readonly format: AnswerFormat | null;
  /** What the client said of thinking; null: nothing. */
  readonly reasoning: ReasoningRequest | null;
  /** Tokens; null when the client set no limit. */
  readonly maxOutputTokens: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly stop: readonly string[];
  /** An opaque id of the end user, for the vendor's abuse handling. */
  readonly user: string | null;
  /** `auto` or `default` (OpenAI's words; Anthropic's `standard_only` is `default`); null: nothing said, or no twin. */
  readonly serviceTier: 'auto' | 'default' | null;
  readonly stream: boolean;
}

/**
 * One turn. `system` covers OpenAI's `developer` too and may stand anywhere. Results of tools are parts of a `user`
 * turn, in front of its other parts (wire cases 68, 135). A turn is never empty.
 */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly parts: readonly Part[];
}

/** A piece of a turn. */
export type Part =
  TextPart | ImagePart | DocumentPart | ThinkingPart | RedactedThinkingPart | ToolCallPart | ToolResultPart;

/** A mark up to which the prompt may be cached by the vendor, with its time to live where one was asked for. */
export interface CacheMark {
  readonly ttl: string | null;
}

/** What any part may carry. */
interface Cacheable {
  /** The prompt is worth caching up to and including this part. */
  readonly cache: CacheMark | null;
}

/** Text, never empty. */
export interface TextPart extends Cacheable {
  readonly type: 'text';
  readonly text: string;
}

/** Bytes inside the request, or an address from which the vendor fetches them. */
export type MediaSource =
  /** `data` is base64 without line breaks; `mediaType` such as `image/png`. */
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string };

/** A picture. */
export interface ImagePart extends Cacheable {
  readonly type: 'image';
  readonly source: MediaSource;
  /** OpenAI's `detail`; null: not said. */
  readonly detail: string | null;
}

/** A file that the model reads: PDF, or plain text (`mediaType` `text/plain`, `data` the text's base64). */
export interface DocumentPart extends Cacheable {
  readonly type: 'document';
  readonly source: MediaSource;
  readonly name: string | null;
}

/** The model's own thinking. Only with its signature does Anthropic take it back (wire cases 108, 109). */
export interface ThinkingPart {
  readonly type: 'thinking';
  /** May be empty where only the signature was shown. */
  readonly text: string;
  readonly signature: string | null;
}

/** Thinking that only the vendor can read; passed on unchanged or dropped (wire case 110). */
export interface RedactedThinkingPart {
  readonly type: 'redacted-thinking';
  readonly data: string;
}

/** The model asks for a tool. */
export interface ToolCallPart extends Cacheable {
  readonly type: 'tool-call';
  /** Never empty. */
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it; `{}` where it wrote nothing (wire case 61). */
  readonly arguments: string;
}

/** What a tool answered. */
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
  /** null: not said. */
  readonly strict: boolean | null;
}

/** Which tool must or may be called. */
export type ToolChoice =
  { readonly type: 'auto' | 'none' | 'required' } | { readonly type: 'tool'; readonly name: string };

/** JSON as the answer: any object, or one of a schema. */
export type AnswerFormat =
  | { readonly type: 'json-object' }
  | {
      readonly type: 'json-schema';
      readonly name: string;
      readonly description: string | null;
      readonly schema: Readonly<Record<string, unknown>>;
      readonly strict: boolean | null;
    };

/** How hard to think, from not at all to as hard as the model can (OpenAI's words, wire-formats 2.1). */
export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** What a client said of thinking; each null where it did not. */
export interface ReasoningRequest {
  readonly effort: ReasoningEffort | null;
  /** Tokens that thinking may take (Anthropic's `budget_tokens`). */
  readonly budgetTokens: number | null;
  /** Anthropic's `thinking.display`: is the thinking shown? null: not said. */
  readonly display: string | null;
}

/** Why a reply ended. */
export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter';

/** Usage with the one count more that translated replies tell. */
export interface ChatUsage extends Usage {
  /** Prompt tokens written to the vendor's cache; part of `inputTokens`. */
  readonly cacheWriteTokens: number | null;
}

/** A piece of a reply. */
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
    };

/** A whole reply. */
export interface ChatReply {
  /** The upstream's own id. */
  readonly id: string | null;
  readonly model: string | null;
  /** In the order of the model: thinking, text and calls may mix. */
  readonly parts: readonly ReplyPart[];
  /** The vendor's words where it refused to answer; null otherwise. */
  readonly refusal: string | null;
  readonly finish: FinishReason;
  /** The stop sequence that was hit, where the upstream tells (wire case 138). */
  readonly stopSequence: string | null;
  readonly usage: ChatUsage | null;
}
