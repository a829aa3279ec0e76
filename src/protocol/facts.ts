import type { Kind } from './capabilities.ts';

/** Abilities that a request needs from its target. */
export type Need = 'tools' | 'vision' | 'json_schema';

/** What the read phase learns from a request: facts only, no decision. */
export interface RequestFacts {
  /** The `model` field as sent; null when absent, null or empty. */
  readonly model: string | null;
  readonly kind: Kind;
  readonly stream: boolean;
  /** UTF-8 bytes of text ÷ 4, plus 1,000 for each image (DESIGN section 5). */
  readonly estimatedTokens: number;
  /** How many inputs go to the model apart, such as the texts of a batch; absent: one. */
  readonly inputs?: number;
  /** Of several inputs, the longest; absent: there is one. */
  readonly longestInputTokens?: number;
  /** Output tokens that the caller allows; null when not said. */
  readonly maxOutputTokens: number | null;
  readonly sizeBytes: number;
  readonly needs: readonly Need[];
}

/** How a request names its target outside its body, and what it asks of the routing. */
export interface RoutingHeaders {
  /** `x-laneway-node`; wins over everything else. */
  readonly node: string | null;
  /** `x-laneway-lane`. */
  readonly lane: string | null;
  /** Words of `x-laneway-hint`. */
  readonly hints: readonly Hint[];
  /** `x-laneway-no-fallback: 1`. */
  readonly noFallback: boolean;
}

/** What a caller may say about a request's nature in `x-laneway-hint`. */
export type Hint = 'repository' | 'deep_ingest' | 'background';

/** A small chat request that asks for nothing special: to see what a lane would give, or whether it could serve. */
export const PLAIN_CHAT: RequestFacts = Object.freeze({
  model: null,
  kind: 'chat',
  stream: false,
  estimatedTokens: 0,
  maxOutputTokens: null,
  sizeBytes: 0,
  needs: [],
});
