import type { Kind } from './capabilities.ts';

/** The type of work that a request needs from a model. */
export type Operation = 'chat' | 'count_tokens' | 'completion' | 'embeddings';

/** The kind of model that serves an operation. */
export const OPERATION_KINDS: Readonly<Record<Operation, Kind>> = {
  chat: 'chat',
  count_tokens: 'chat',
  completion: 'chat',
  embeddings: 'embeddings',
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
  | 'ollama-embeddings';

/** Something that was changed in or dropped from a request; reported in `x-laneway-warnings` and in the trace. */
export interface Warning {
  /** A stable code such as `parameter_dropped`. */
  readonly code: string;
  /** A short ASCII phrase: the field, the model, the reason. */
  readonly detail: string;
}
