/** The types of cached keys and values that llama.cpp accepts, with the bytes of an element (`-ctk`, `-ctv`). */
export const CACHE_TYPES = {
  f32: 4,
  f16: 2,
  bf16: 2,
  q8_0: 34 / 32,
  q5_1: 24 / 32,
  q5_0: 22 / 32,
  q4_1: 20 / 32,
  q4_0: 18 / 32,
  iq4_nl: 18 / 32,
} as const;
/** A type of cached keys and values. */
export type CacheType = keyof typeof CACHE_TYPES;

/** How a server would load a model, in the terms of `llama-server`. */
export interface MemorySettings {
  /** Tokens of all slots together (`-c`). */
  readonly context: number;
  /** Requests at once (`-np`). */
  readonly slots: number;
  /** The slots share one context (`-kvu`, the default without `-np`), instead of an equal part for each. */
  readonly unified: boolean;
  readonly keyType: CacheType;
  readonly valueType: CacheType;
  /** Tokens that are computed at once (`-ub`). */
  readonly batch: number;
  readonly flashAttention: boolean;
  /** Sliding layers keep the whole context (`--swa-full`). */
  readonly fullSlidingCache: boolean;
}

/** What `llama-server` does unless its options say otherwise, except for the context, with a part of it for each slot. */
export function memorySettings(
  given: Pick<MemorySettings, 'context'> & Partial<MemorySettings>,
): MemorySettings {
  return {
    slots: 1,
    unified: false,
    keyType: 'f16',
    valueType: 'f16',
    batch: 512,
    flashAttention: true,
    fullSlidingCache: false,
    ...given,
  };
}
