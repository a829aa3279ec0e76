import type { RequestKind } from './capabilities.ts';

/** The type of work that a request needs from a model. */
export type Operation = 'chat' | 'count_tokens' | 'completion' | 'embeddings' | 'rerank' | 'direct';

/** The kind of model that serves an operation. */
export const OPERATION_KINDS: Readonly<Record<Operation, RequestKind>> = {
  chat: 'chat',
  count_tokens: 'chat',
  completion: 'chat',
  embeddings: 'embeddings',
  rerank: 'rerank',
  direct: 'direct',
};

/** The wire formats that Laneway supports, for clients or for upstreams; each is for one operation. */
export type WireFormat =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-embeddings'
  | 'anthropic-messages'
  | 'anthropic-count-tokens'
  | 'openai-responses'
  | 'ollama-chat'
  | 'ollama-generate'
  | 'ollama-embed'
  | 'ollama-embeddings'
  | 'rerank'
  | DirectFormat;

/**
 * The wires of direct calls, which go to the one provider that the request names and are not read but for the model:
 * moderations, audio and images.
 */
export type DirectFormat =
  | 'openai-moderations'
  | 'openai-audio-speech'
  | 'openai-audio-transcriptions'
  | 'openai-audio-translations'
  | 'openai-images-generations'
  | 'openai-images-edits'
  | 'openai-images-variations';

/** Something that was changed in or dropped from a request; reported in `x-laneway-warnings` and in the trace. */
export interface Warning {
  /** A stable code such as `parameter_dropped`. */
  readonly code: string;
  /** A short ASCII phrase: the field, the model, the reason. */
  readonly detail: string;
}
