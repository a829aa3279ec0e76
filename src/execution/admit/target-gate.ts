import type { ErrorCode } from '../../protocol/errors.ts';
import type { LoadDemand, RefusalReason } from '../../protocol/lease.ts';
import type { Failure } from '../../protocol/failure.ts';
import type { LaneEntry, ModelEntry, QueueBounds } from '../../routing/snapshot.ts';
import type { GateQueue, Held } from './gate.ts';

/** Why a request that waited, or would have, got no room. */
export type RefusalCode = 'queue_full' | 'queue_timeout';

/** Decides when an attempt at a target may begin. */
export interface TargetGate {
  /** May it have anything against an attempt? Asked before each one: reads properties only, and allocates nothing. */
  concerns(target: ModelEntry, lane: LaneEntry | null): boolean;
  /** Asks for room at a target that concerns it. */
  tryEnter(target: ModelEntry, entrant: Entrant): Admittance;
  /** What `tryEnter` would answer, without taking room. */
  look(target: ModelEntry, entrant: Entrant): Outlook;
}

/** The request that wants to enter. */
export interface Entrant {
  /** As asked for; null: none. */
  readonly lane: LaneEntry | null;
  readonly queue: QueueBounds;
  /** Hint `background`: it goes after all others. */
  readonly background: boolean;
  /** What is done about a model that is not in memory, if the request does not wait for it. */
  readonly demand: LoadDemand;
  /** Ends its attempt when the model is unloaded by force, or its engine has to end; null: it makes none. */
  readonly request: { cut(): void } | null;
  /** It makes the server generate or embed; counting tokens takes no slot. */
  readonly usesSlot: boolean;
}

/** Whether an attempt may begin. */
export type Admittance =
  /** It may; the pass, if there is one, is left exactly once, at the end of the attempt. */
  | { readonly kind: 'entered'; readonly pass: Held | null }
  /** The plan goes on as after a failed attempt, but none is counted. */
  | { readonly kind: 'unavailable'; readonly failure: Failure }
  /** `full`: the plan goes on to a target with room, and waits only where there is none. `wait`: wait in any case. */
  | Refused;

/** No attempt now. */
export interface Refused {
  readonly kind: 'full' | 'wait';
  readonly queue: GateQueue;
  /** One phrase: `1 of 1 requests in flight`. */
  readonly reason: string;
  /** Counts that waiting was in vain, or not possible. */
  refused(code: RefusalCode): void;
}

/** What a request at a target would find. */
export type Outlook = { readonly kind: 'free' } | Occupied;

/** No attempt would begin at once. */
export interface Occupied {
  /** As in `Admittance`. */
  readonly kind: 'full' | 'wait' | 'unavailable';
  readonly reason: string;
  /** Its model must be loaded first. */
  readonly isLoad?: true;
  /** What keeps the model from being loaded; absent: nothing does. */
  readonly delay?: string;
  /** How a request is answered that has no other target; absent: it waits. */
  readonly refusal?: OutlookRefusal;
}

/** The answer to a request that may not wait. */
export interface OutlookRefusal {
  readonly code: ErrorCode;
  readonly why: RefusalReason | 'loading' | 'starting';
  /** Milliseconds until another answer is possible; null: unknown. */
  readonly retryAfterMs: number | null;
}

/** No more requests of the lane may wait. */
export const QUEUE_FULL: OutlookRefusal = { code: 'queue_full', why: 'queue_full', retryAfterMs: null };
