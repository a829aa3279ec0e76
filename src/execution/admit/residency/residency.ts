/**
 * What execution needs of the pools of memory: whether the model of a target is in memory, and the right to use it there.
 * The pools themselves are in src/engines.
 */
export interface Residency {
  /** Does a pool load and unload the target? Asked before each attempt: reads a map only. */
  manages(target: string): boolean;
  /** Would the engine of the target load it for a request by itself, and answer it then? */
  loadsForRequests(target: string): boolean;
  /** Never rejects. Without `wait` the answer is not a promise. */
  acquire(
    target: string,
    lane: ResidencyLane | null,
    options: AcquireOptions,
  ): LeaseAnswer | Promise<LeaseAnswer>;
  /** An attempt at a resident model found it out of memory, or not loaded. */
  noteFailure(target: string, kind: 'out_of_memory' | 'not_loaded'): void;
}

/** The lane of a request, as far as pools are concerned. */
export interface ResidencyLane {
  readonly name: string;
  /** It claims the pool for itself. */
  readonly burst: boolean;
}

/** `load`: load the model; `idle`: load it once that disturbs no other; `none`: only look. */
export type LoadDemand = 'load' | 'idle' | 'none';

/** How a request wants a model. */
export interface AcquireOptions {
  readonly background: boolean;
  /** Until when it waits; monotonic ms. */
  readonly deadline: number;
  /** false: the answer comes at once. */
  readonly wait: boolean;
  /** Without `wait`: what its model is worth to a request that goes elsewhere meanwhile. */
  readonly demand?: LoadDemand;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** An operator has the model unloaded by force: the request is to be ended now. */
  readonly onRevoke?: () => void;
  /** 0 to 1, never falling. */
  readonly onProgress?: (progress: number) => void;
}

/** What becomes of a request for a model. */
export type LeaseAnswer =
  /** It may go on; the model stays in memory until the lease is released. */
  | { readonly kind: 'lease'; readonly lease: { release(): void } }
  /** Only without `wait`. */
  | { readonly kind: 'loading'; readonly retryAfterS: number; readonly progress: number }
  | ({ readonly kind: 'refused' } & LeaseRefusal);

/** Why a request gets no lease. */
export interface LeaseRefusal {
  readonly reason:
    | 'does_not_fit'
    | 'load_failed'
    | 'out_of_memory'
    | 'queue_full'
    | 'timeout'
    | 'too_hot'
    | 'draining'
    | 'cancelled';
  /** A phrase that says why, with the model's name. */
  readonly message: string;
  /** When asking again may help, in ms from now; null: unknown. */
  readonly retryAfterMs: number | null;
}
