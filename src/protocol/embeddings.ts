import type { Usage } from './usage.ts';

/** The inputs to embed: texts, or lists of the model's token ids. */
export type EmbeddingsInput =
  | { readonly type: 'texts'; readonly texts: readonly string[] }
  | { readonly type: 'tokens'; readonly tokens: readonly (readonly number[])[] };

/** A request for one vector per input. */
export interface EmbeddingsRequest {
  readonly input: EmbeddingsInput;
  /** Requested length of each vector; null: the model's default. */
  readonly dimensions: number | null;
  /** The caller's id of its end user. */
  readonly user: string | null;
}

/** The vectors, in the order of the inputs. */
export interface EmbeddingsReply {
  /** The upstream's name of the model that answered. */
  readonly model: string | null;
  /** Single-precision numbers, represented exactly. */
  readonly vectors: readonly (readonly number[])[];
  readonly usage: Usage | null;
}
