import type { Kind } from './capabilities.ts';

/** What a caller asks of a model. */
export type Operation = 'chat' | 'count_tokens' | 'completion' | 'embeddings';

/** The kind of model that serves an operation. */
export const OPERATION_KINDS: Readonly<Record<Operation, Kind>> = {
  chat: 'chat',
  count_tokens: 'chat',
  completion: 'chat',
  embeddings: 'embeddings',
};

/** The wires that Laneway speaks, to clients or to upstreams: each is one format for one operation. */
export type WireFormat =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-embeddings'
  | 'anthropic-messages'
  | 'anthropic-count-tokens'
  | 'ollama-embed';

/** Something that was changed or left out of a request, reported in `x-laneway-warnings` and in the trace. */
export interface Warning {
  /** Stable word such as `parameter_dropped`. */
  readonly code: string;
  /** One short phrase in ASCII: the field, the model, the reason. */
  readonly detail: string;
}
