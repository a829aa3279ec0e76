import type { Usage } from './usage.ts';

/** What is to be embedded: texts, or lists of token ids of the model's own. */
export type EmbeddingsInput =
  | { readonly type: 'texts'; readonly texts: readonly string[] }
  | { readonly type: 'tokens'; readonly tokens: readonly (readonly number[])[] };

/** A request for one vector for each input. */
export interface EmbeddingsRequest {
  readonly input: EmbeddingsInput;
  /** How many numbers each vector is to have; null: as many as the model gives. */
  readonly dimensions: number | null;
  /** The caller's own name for its user. */
  readonly user: string | null;
}

/** The vectors of a request, in the order of its inputs. */
export interface EmbeddingsReply {
  /** The upstream's own name for the model that answered. */
  readonly model: string | null;
  /** Single-precision numbers, as JSON numbers that say them exactly. */
  readonly vectors: readonly (readonly number[])[];
  readonly usage: Usage | null;
}
