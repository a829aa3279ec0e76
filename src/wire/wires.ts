import type { Operation, WireFormat } from '../protocol/wire.ts';
import { anthropicCountTokensWire } from './anthropic-count-tokens/wire.ts';
import { anthropicMessagesWire } from './anthropic-messages/wire.ts';
import { ollamaChatWire } from './ollama-chat/wire.ts';
import { ollamaEmbedWire } from './ollama-embed/wire.ts';
import { ollamaEmbeddingsWire } from './ollama-embeddings/wire.ts';
import { ollamaGenerateWire } from './ollama-generate/wire.ts';
import { openAiChatWire } from './openai-chat/wire.ts';
import { openAiCompletionsWire } from './openai-completions/wire.ts';
import { openAiDirectWires } from './openai-direct/wires.ts';
import { openAiEmbeddingsWire } from './openai-embeddings/wire.ts';
import { responsesWire } from './openai-responses/wire.ts';
import { rerankWire } from './rerank/wire.ts';
import type { DialectEndpoint, Wire } from './wire.ts';

/** All wires. A new wire needs a folder and an entry here. */
export const WIRES = {
  'openai-chat': openAiChatWire,
  'openai-completions': openAiCompletionsWire,
  'openai-embeddings': openAiEmbeddingsWire,
  'anthropic-messages': anthropicMessagesWire,
  'anthropic-count-tokens': anthropicCountTokensWire,
  'openai-responses': responsesWire,
  'ollama-chat': ollamaChatWire,
  'ollama-generate': ollamaGenerateWire,
  'ollama-embed': ollamaEmbedWire,
  'ollama-embeddings': ollamaEmbeddingsWire,
  rerank: rerankWire,
  ...openAiDirectWires,
} satisfies { readonly [F in WireFormat]: Wire<F, Operation, never> };

type Listed = (typeof WIRES)[WireFormat];

// Does not compile if an operation has no wire.
({}) satisfies Record<Exclude<Operation, Listed['operation']>, never>;

/** Any wire. Its dialect is unknown here: `Endpoint` binds dialects to formats. */
export type AnyWire = Wire<WireFormat, Operation, unknown>;

/** How servers of a wire differ from each other. */
export type DialectOf<F extends WireFormat> =
  (typeof WIRES)[F] extends Wire<F, Operation, infer Dialect> ? Dialect : never;

/** One wire at one path of an upstream server, with that server's dialect of it. */
export type Endpoint = {
  readonly [F in WireFormat]: DialectEndpoint<DialectOf<F>> & { readonly format: F };
}[WireFormat];

/** The wire of a format. */
export function wireOf(format: WireFormat): AnyWire {
  return WIRES[format];
}
