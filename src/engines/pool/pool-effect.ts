import type { BurstRecord, Footprint, LoadSettings } from '../../protocol/engine.ts';
import type { SwitchCause, SwitchFailure, SwitchOutcome, SwitchPhase } from './switch/switch-state.ts';

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

/** How the wait of a request ends without a lease. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** A phrase that says why, with the model's name. */
  readonly message: string;
  /** When asking again may help, in ms from now; null: unknown. */
  readonly retryAfterMs: number | null;
}

/** The progress of a switch, for events and for those who wait. */
export interface SwitchNews {
  readonly switchId: string;
  readonly cause: SwitchCause;
  readonly state: SwitchPhase | 'ready' | 'failed';
  /** 0 to 1, never falling. */
  readonly progress: number;
  /** What was unloaded for it; null: nothing. */
  readonly from: string | null;
  /** null: something is only unloaded. */
  readonly to: string | null;
  /** Why it failed; null unless `failed`. */
  readonly reason: string | null;
}

/** What the core of a pool wants done. The order counts. */
export type PoolEffect =
  | { readonly type: 'grant'; readonly waiter: number }
  | { readonly type: 'refuse'; readonly waiter: number; readonly refusal: Refusal }
  | { readonly type: 'measure' }
  | { readonly type: 'unload'; readonly step: number; readonly target: string }
  | { readonly type: 'load'; readonly step: number; readonly target: string; readonly settings: LoadSettings }
  | { readonly type: 'probe'; readonly step: number; readonly target: string }
  | { readonly type: 'abort'; readonly step: number }
  /** For an operator. */
  | { readonly type: 'warn'; readonly message: string }
  /** End the requests that this model serves. */
  | { readonly type: 'revoke'; readonly target: string }
  | { readonly type: 'learnt'; readonly footprint: Omit<Footprint, 'atMs'> }
  /** Has to be durable before the next `unload`; null: the claim is over and all are back. */
  | { readonly type: 'save_burst'; readonly record: BurstRecord | null }
  | { readonly type: 'news'; readonly news: SwitchNews }
  | {
      readonly type: 'finished';
      readonly switchId: string;
      readonly outcome: SwitchOutcome;
      readonly loadMs: number | null;
    };

/** Words for a failed load as those who waited for it get them. */
export function refusalOf(failure: SwitchFailure, retryAfterMs: number | null): Refusal {
  const reason =
    failure.kind === 'out_of_memory' || failure.kind === 'does_not_fit' ? failure.kind : 'load_failed';
  return { reason, message: failure.message, retryAfterMs };
}
