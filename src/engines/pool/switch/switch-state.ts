import type { LoadSettings } from '../../../protocol/engine.ts';
import type { EngineErrorKind } from '../../driver.ts';

/** Why a switch is made: for waiting requests, an operator, a claim, the models that a claim had displaced, or idleness. */
export type SwitchCause = 'request' | 'operator' | 'burst' | 'return' | 'idle';

/** What a switch is doing. */
export type SwitchPhase = 'draining' | 'unloading' | 'settling' | 'loading' | 'probing';

/** Why a switch did not do what it was for. */
export interface SwitchFailure {
  readonly kind: EngineErrorKind | 'leak' | 'does_not_fit';
  /** One sentence for an operator. */
  readonly message: string;
  readonly exitCode: number | null;
}

/**
 * How a switch ended. Before anything was unloaded: `postponed`, since requests in flight did not end in time, or
 * `cancelled`, since nobody wants it any more or there is no room after all.
 */
export type SwitchOutcome =
  | { readonly kind: 'ready' }
  | { readonly kind: 'postponed' }
  | { readonly kind: 'cancelled' }
  | {
      readonly kind: 'failed';
      readonly failure: SwitchFailure;
      /** Evicted models that could not be brought back, or were not. */
      readonly lost: readonly string[];
    };

/** How long the parts of a switch may take, in ms. */
export interface SwitchLimits {
  readonly drainMs: number;
  /** For requests that were cut to end. */
  readonly cutMs: number;
  readonly unloadMs: number;
  readonly settleMs: number;
  readonly stallMs: number;
  /** Whatever signs of life there are. */
  readonly loadMs: number;
  /** After an abort. */
  readonly stopMs: number;
  readonly probeMs: number;
}

/** What a switch is to do. */
export interface SwitchPlan {
  readonly id: string;
  readonly cause: SwitchCause;
  /** The model that is to be resident afterwards; null: only unload. */
  readonly target: string | null;
  /** null: the target is resident already. */
  readonly settings: LoadSettings | null;
  /** Steps are counted from here: those of earlier switches are smaller. */
  readonly firstStep: number;
  /** To be unloaded, in this order. */
  readonly evict: readonly string[];
  /** Requests in flight were cut: do not wait for them beyond the stop deadline. */
  readonly forced: boolean;
  /** By how much the used memory must fall once all are unloaded, in bytes; 0: it cannot be seen. */
  readonly expectedFallBytes: number;
  readonly limits: SwitchLimits;
}

/** A running switch. Times in monotonic ms. */
export interface SwitchState extends SwitchPlan {
  readonly phase: SwitchPhase;
  /** Evicted models that are unloaded by now. */
  readonly gone: readonly string[];
  /** The model that the phase is about; null while draining and settling. */
  readonly subject: string | null;
  /** After the failure: models to be brought back, after the subject. */
  readonly restore: readonly string[];
  readonly failure: SwitchFailure | null;
  readonly lost: readonly string[];
  /** Counts calls of engines: a result counts only for the step that it belongs to. */
  readonly step: number;
  readonly startedAt: number;
  readonly phaseAt: number;
  /** Of the last sign of life of a load. */
  readonly signAt: number;
  /** When the engine was asked to abort the step. */
  readonly abortedAt: number | null;
  /** 0 to 1, never falling. */
  readonly progress: number;
  /** When the last request in flight had ended; null: not yet. */
  readonly drainedAt: number | null;
  /** Used memory before the first unload; null: unknown. */
  readonly usedBefore: number | null;
}

/** The memory as last read, as far as it concerns a switch. */
export interface MemoryView {
  /** null: it cannot be read. */
  readonly usedBytes: number | null;
  /** For the target, once what is unloaded is gone; `unknown`: nothing is known of its size, or of what is free. */
  readonly room: 'enough' | 'short' | 'unknown';
  /** Why it is `short`, in one sentence. */
  readonly shortage?: string;
  /** Read from counters that show what models take, and nothing else: those of a GPU. */
  readonly isExact: boolean;
}

/** What happens to a switch. A `step` other than the current one is a late result, which is ignored. */
export type SwitchEvent =
  /** None of the models to be unloaded has a request in flight. */
  | { readonly type: 'idle' }
  /** Nobody wants the target any more. */
  | { readonly type: 'cancel' }
  | { readonly type: 'unloaded'; readonly step: number }
  | { readonly type: 'unload_failed'; readonly step: number; readonly failure: SwitchFailure }
  | ({ readonly type: 'memory' } & MemoryView)
  | { readonly type: 'progress'; readonly step: number; readonly fraction: number | null }
  | { readonly type: 'loaded'; readonly step: number }
  /** `retry`: settings that take less memory, to be tried at once; null: none. */
  | {
      readonly type: 'load_failed';
      readonly step: number;
      readonly failure: SwitchFailure;
      readonly retry: LoadSettings | null;
    }
  | { readonly type: 'probed'; readonly step: number }
  | { readonly type: 'probe_failed'; readonly step: number; readonly failure: SwitchFailure }
  | ({ readonly type: 'tick' } & MemoryView);

/** What a switch wants done. */
export type SwitchEffect =
  | { readonly type: 'measure' }
  | { readonly type: 'unload'; readonly step: number; readonly target: string }
  /** `settings` null: as it was loaded before. */
  | {
      readonly type: 'load';
      readonly step: number;
      readonly target: string;
      readonly settings: LoadSettings | null;
    }
  | { readonly type: 'probe'; readonly step: number; readonly target: string }
  | { readonly type: 'abort'; readonly step: number }
  | { readonly type: 'warn'; readonly message: string }
  /** The engine did not end the step in time: what the model holds is unknown. */
  | { readonly type: 'abandoned'; readonly target: string };

/** The state after an event; null: the switch has ended, as `outcome` says. */
export interface SwitchStep {
  readonly state: SwitchState | null;
  readonly effects: readonly SwitchEffect[];
  readonly outcome: SwitchOutcome | null;
}
