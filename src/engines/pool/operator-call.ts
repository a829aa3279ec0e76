import type { SwitchFailure, SwitchOutcome } from './switch/switch-state.ts';

/** How an operator's call ends. */
export type OperatorResult =
  /** `loadMs` null: nothing had to be loaded. */
  | { readonly kind: 'done'; readonly state: 'loaded' | 'unloaded'; readonly loadMs: number | null }
  | { readonly kind: 'failed'; readonly failure: SwitchFailure }
  /** Requests in flight did not end in time; `force` cuts them. */
  | { readonly kind: 'in_use'; readonly message: string }
  | ({ readonly kind: 'switch_in_progress' } & OtherSwitch)
  | {
      readonly kind: 'refused';
      readonly reason: 'unmanaged' | 'unloadable' | 'does_not_fit' | 'draining';
      readonly message: string;
    };

/** The switch for which an operator's call is refused. */
export interface OtherSwitch {
  readonly switchId: string | null;
  /** The model that it loads; null: it only unloads. */
  readonly target: string | null;
  /** The models that it unloads. */
  readonly unloads: readonly string[];
  /** Milliseconds until it will probably have loaded it; null: unknown. */
  readonly remainingMs: number | null;
}

/** An operator's call. */
export interface OperatorCall {
  /** Also that of a switch for the same model which was running already. null: the result is known already. */
  readonly switchId: string | null;
  /** Never rejects. */
  readonly result: Promise<OperatorResult>;
}

/** An operator's call whose switch is running. */
export interface PendingCall {
  readonly target: string;
  readonly verb: 'load' | 'unload';
  readonly settle: (result: OperatorResult) => void;
}

/** The result of an operator's call whose switch has ended. */
export function resultOf(
  verb: 'load' | 'unload',
  target: string,
  outcome: SwitchOutcome,
  loadMs: number | null,
): OperatorResult {
  switch (outcome.kind) {
    case 'ready':
      return { kind: 'done', state: verb === 'load' ? 'loaded' : 'unloaded', loadMs };
    case 'failed':
      return { kind: 'failed', failure: outcome.failure };
    case 'postponed':
      return {
        kind: 'in_use',
        message: `requests that have to end before ${target} can be ${verb}ed have not ended in time`,
      };
    case 'cancelled':
      return { kind: 'refused', reason: 'does_not_fit', message: `there is no room for ${target} any more` };
  }
}

/** What becomes of an operator's call. `begun`, now or before: a `finished` effect with this id follows. */
export type OperatorAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'begun'; readonly switchId: string }
  | { readonly kind: 'switch_in_progress' }
  | {
      readonly kind: 'refused';
      readonly reason: 'unmanaged' | 'unloadable' | 'does_not_fit' | 'draining';
      readonly message: string;
    };

/** The answer where the engine has no such call. `obstacle`: see `PoolEngine`. */
export function unmanaged(
  target: string,
  verb: 'load' | 'unload',
  obstacle: string | null = null,
): OperatorAnswer {
  const why = obstacle ?? 'its server has no call for it, or its provider has "manage": "none"';
  const message = `Laneway cannot ${verb} ${target}: ${why}`;
  return { kind: 'refused', reason: 'unmanaged', message };
}
