import type { RequestKind } from './capabilities.ts';

/** Capabilities that a request requires of its target. */
export type Need = 'tools' | 'vision' | 'json_schema';

/** What the read phase learns from a request, without any decision. */
export interface RequestFacts {
  /** The `model` field as sent; null when absent, null or empty. */
  readonly model: string | null;
  readonly kind: RequestKind;
  readonly stream: boolean;
  /** UTF-8 bytes of text ÷ 4, plus 1,000 for each image. */
  readonly estimatedTokens: number;
  /** Number of inputs that the model processes separately, such as the texts of a batch; absent: one. */
  readonly inputs?: number;
  /** Estimated tokens of the longest of several inputs; absent: there is one input. */
  readonly longestInputTokens?: number;
  /** Output tokens that the caller allows; null: no limit given. */
  readonly maxOutputTokens: number | null;
  readonly sizeBytes: number;
  readonly needs: readonly Need[];
}

/** Headers of a request that affect its routing. */
export interface RoutingHeaders {
  /** `x-laneway-node`; takes precedence over everything else. */
  readonly node: string | null;
  /** `x-laneway-lane`. */
  readonly lane: string | null;
  /** Values of `x-laneway-hint`. */
  readonly hints: readonly Hint[];
  /** Words of `x-laneway-hint` that mean nothing, cut; absent: none. They are reported as a warning. */
  readonly unknownHints?: readonly string[];
  /** `x-laneway-no-fallback: 1`. */
  readonly noFallback: boolean;
  /** Headers that begin with `x-laneway-` and have no effect, a sentence for each; absent: none. */
  readonly ignoredHeaders?: readonly string[];
}

/** The values of `x-laneway-hint`, by which a caller describes a request. */
export const HINTS = ['repository', 'deep_ingest', 'background'] as const;

/** One value of `x-laneway-hint`. */
export type Hint = (typeof HINTS)[number];

/** A small plain chat request, to preview the plan of a lane or to check its readiness. */
export const PLAIN_CHAT: RequestFacts = Object.freeze({
  model: null,
  kind: 'chat',
  stream: false,
  estimatedTokens: 0,
  maxOutputTokens: null,
  sizeBytes: 0,
  needs: [],
});
