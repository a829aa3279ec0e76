import type { LeaseRefusal } from '../../protocol/lease.ts';
import type { BurstRecord, Footprint, LoadSettings } from '../../protocol/engine.ts';
import type { SwitchCause, SwitchFailure, SwitchOutcome, SwitchPhase } from './switch/switch-state.ts';

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
  | { readonly type: 'refuse'; readonly waiter: number; readonly refusal: LeaseRefusal }
  | { readonly type: 'measure' }
  | { readonly type: 'unload'; readonly step: number; readonly target: string }
  | { readonly type: 'load'; readonly step: number; readonly target: string; readonly settings: LoadSettings }
  | { readonly type: 'probe'; readonly step: number; readonly target: string }
  | { readonly type: 'abort'; readonly step: number }
  /** For the log. */
  | { readonly type: 'info' | 'warn'; readonly message: string }
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
export function refusalOf(failure: SwitchFailure, retryAfterMs: number | null): LeaseRefusal {
  const reason =
    failure.kind === 'out_of_memory' || failure.kind === 'does_not_fit' ? failure.kind : 'load_failed';
  return { reason, message: failure.message, retryAfterMs };
}

/** The answer to a request whose caller has left before it was considered. */
export function cancelled(target: string): LeaseRefusal & { readonly kind: 'refused' } {
  const message = `the request for ${target} was cancelled`;
  return { kind: 'refused', reason: 'cancelled', message, retryAfterMs: null };
}
