import type { Failure } from '../protocol/failure.ts';
import type { ChainLink, Plan } from './plan.ts';

/** When a switch is rolled back: at this many failures within this time after it. */
export interface RollbackTerms {
  readonly afterErrors: number;
  readonly withinS: number;
}

/** One attempt that has ended, as the rollback of a switch sees it. */
export interface WatchedAttempt {
  readonly plan: Plan;
  readonly link: ChainLink;
  /** The user whose overrides applied; null: only global ones. */
  readonly user: string | null;
  /** It is the first of its request. */
  readonly isFirst: boolean;
  /** No further target may be tried after it. */
  readonly isLast: boolean;
  /** null: it has not failed, or says nothing about the target. */
  readonly failure: Failure | null;
}

/** Watches the targets of recent switches that are to be rolled back if they fail. */
export interface SwitchWatch {
  /** false: nothing is watched, so that nothing need be noted. */
  readonly isActive: boolean;
  noteAttempt(attempt: WatchedAttempt): void;
}
