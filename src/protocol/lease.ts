/** The lane of a request, as far as pools of memory are concerned. */
export interface LeaseLane {
  readonly name: string;
  /** It claims the pool for itself. */
  readonly burst: boolean;
}

/**
 * What a request that does not wait does if its model is not in memory. `load`: the model is loaded, so that the request
 * can be repeated. `idle`: the request goes elsewhere, and the model is loaded once that disturbs no other. `none`: nothing.
 */
export type LoadDemand = 'load' | 'idle' | 'none';

/** How a request wants a model. */
export interface AcquireOptions {
  readonly background: boolean;
  /** Until when it waits; monotonic ms. */
  readonly deadline: number;
  /** false: the answer comes at once, and is `loading` if the model is not in memory. */
  readonly wait: boolean;
  /** Without `wait`: what becomes of a model that is not in memory. Default: `load`. */
  readonly demand?: LoadDemand;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** The model is unloaded by force, or its engine has to end: the request is to be ended now. */
  readonly onRevoke?: () => void;
}

/** The right to send one request to a model in memory, which is not unloaded until it is released. */
export interface Lease {
  /** Further calls do nothing. */
  release(): void;
}

/** What becomes of a request for a model. */
export type LeaseAnswer =
  | { readonly kind: 'lease'; readonly lease: Lease }
  /** Only without `wait`. */
  | { readonly kind: 'loading'; readonly retryAfterS: number; readonly progress: number }
  | ({ readonly kind: 'refused' } & LeaseRefusal);

/** What a request that waits for a model waits for now. */
export interface LeaseWait {
  /** Of the switch that loads it, 0 to 1, never falling; null: none does. */
  readonly progress: number | null;
  /** What keeps the model from being loaded, or from beginning the request, as a phrase; null: nothing does. */
  readonly delay: string | null;
  /** No more requests may wait for it. */
  readonly isQueueFull: boolean;
}

/** The start of an engine, which requests for its models wait for. */
export interface EngineStart {
  /** Resolves at its end, whether it has succeeded or not; never rejects. */
  readonly ended: Promise<void>;
  /** What is waited for now, as a phrase: `its engine is being started`. */
  readonly why: () => string;
  /** When another answer is possible at the earliest, ms. */
  readonly retryAfterMs: number;
}

/** Why a request gets no lease. */
export type RefusalReason =
  /** There is no room for the model, whatever is unloaded. */
  | 'does_not_fit'
  /** Its load failed, now or shortly before. */
  | 'load_failed'
  | 'out_of_memory'
  | 'queue_full'
  /** It waited until its deadline. */
  | 'timeout'
  /** The pool is above its hard thermal limit. */
  | 'too_hot'
  /** The gateway is shutting down. */
  | 'draining'
  /** The caller gave up. */
  | 'cancelled';

/** How a request ends without a lease. */
export interface LeaseRefusal {
  readonly reason: RefusalReason;
  /** A phrase that says why, with the model's name. */
  readonly message: string;
  /** When asking again may help, in ms from now; null: unknown. */
  readonly retryAfterMs: number | null;
  /** Asking again does not help while the configuration is the same. */
  readonly isFinal?: true;
}
