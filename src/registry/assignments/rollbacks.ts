import { TARGET_FAILURES } from '../../protocol/failure-rules.ts';
import type { Override, OverrideKey } from '../../protocol/assignment.ts';
import type { ChainLink, DeferralCode, Plan, PlanEntry } from '../../routing/plan.ts';
import type { Assignment } from '../../routing/snapshot.ts';
import type { RollbackTerms, SwitchWatch, WatchedAttempt } from '../../routing/switch-watch.ts';
import type { Clock } from '../../util/clock.ts';
import type { AssignmentEvent } from './assignments.ts';
import { assignmentOfLabel, laneOfSubject } from './overrides.ts';

/** A switch that is watched, for display. */
export interface WatchedSwitch extends RollbackTerms {
  /** Failures so far. */
  readonly errors: number;
  /** ISO 8601. */
  readonly until: string;
}

/** What the rollbacks need from the registry. */
export interface RollbackHost {
  readonly clock: Clock;
  /**
   * Puts back what the switch has replaced (null: the default), unless `isDue` is false by the time of the change. Rejects
   * when that cannot be stored.
   */
  restore(key: OverrideKey, before: Override | null, reason: string, isDue: () => boolean): Promise<void>;
  warn(message: string): void;
}

/** Deferrals for which a request goes elsewhere because the target has failed before. */
const FAILED_BEFORE: ReadonlySet<DeferralCode> = new Set([
  ...(['unreachable', 'breaker_open', 'cooling_down', 'key_refused', 'missing'] as const),
]);

interface Watch {
  readonly key: OverrideKey;
  readonly terms: RollbackTerms;
  readonly to: Assignment;
  readonly label: string;
  readonly before: Override | null;
  /** Requests planned under an earlier generation did not see the switch. */
  readonly generation: number;
  /** Monotonic ms of the switch. */
  readonly since: number;
  /** ISO 8601, for display. */
  readonly until: string;
  /** Requests that have been counted; one counts once. */
  readonly counted: WeakSet<Plan>;
  errors: number;
  isRollingBack: boolean;
}

/**
 * Counts the failures of targets after a switch with `rollback`, and puts back what was assigned before when there are too
 * many. In memory: a restart ends a watch, and so does any other change of the subject.
 */
export class Rollbacks implements SwitchWatch {
  readonly #host: RollbackHost;
  readonly #watches = new Map<string, Watch>();

  constructor(host: RollbackHost) {
    this.#host = host;
  }

  get isActive(): boolean {
    return this.#watches.size > 0;
  }

  /** The running watch of a subject; null without one. */
  of(key: OverrideKey): WatchedSwitch | null {
    const watch = this.#current(key);
    if (watch === undefined) return null;
    return { ...watch.terms, errors: watch.errors, until: watch.until };
  }

  /**
   * An assignment has changed: its earlier watch ends, and one begins if the change says so. A change of the reason or
   * expiry alone leaves the watch as it is, with the new terms if it has any.
   */
  assigned({ key, from, to, generation, rollback, before }: AssignmentEvent): void {
    const { clock } = this.#host;
    const running = this.#current(key);
    const isSame = from === to;
    if (isSame && (running === undefined || rollback === undefined)) return;
    this.#watches.delete(nameOf(key));
    if (rollback === undefined || to === null) return;
    this.#watches.set(nameOf(key), {
      ...{ key, terms: rollback, to: assignmentOfLabel(to), label: to, generation },
      before: isSame && running !== undefined ? running.before : (before ?? null),
      since: clock.now(),
      until: new Date(clock.wall() + rollback.withinS * 1000).toISOString(),
      counted: new WeakSet(),
      errors: 0,
      isRollingBack: false,
    });
  }

  noteAttempt(attempt: WatchedAttempt): void {
    for (const { key } of this.#watches.values()) {
      const watch = this.#current(key);
      const cause = watch === undefined ? null : causeOf(watch, attempt);
      if (watch === undefined || cause === null || watch.counted.has(attempt.plan)) continue;
      watch.counted.add(attempt.plan);
      watch.errors += 1;
      if (watch.errors >= watch.terms.afterErrors && !watch.isRollingBack) void this.#rollBack(watch, cause);
    }
  }

  async #rollBack(watch: Watch, cause: string): Promise<void> {
    const { key, errors, label, since, before } = watch;
    watch.isRollingBack = true;
    const seconds = Math.round((this.#host.clock.now() - since) / 1000);
    const noun = errors === 1 ? 'error' : 'errors';
    const reason = `${errors} ${noun} in ${seconds} s after the switch to ${label}; the last: ${cause}`;
    try {
      await this.#host.restore(key, before, reason.slice(0, REASON_MAX), () => this.#isWatched(watch));
      // The change has ended the watch, unless there was nothing to put back.
      if (this.#isWatched(watch)) this.#watches.delete(nameOf(key));
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown error';
      this.#host.warn(`the switch of ${key.subject} to ${label} cannot be rolled back (${why})`);
    } finally {
      // The next error tries again.
      watch.isRollingBack = false;
    }
  }

  #isWatched(watch: Watch): boolean {
    return this.#watches.get(nameOf(watch.key)) === watch;
  }

  /** The watch of a subject; one whose time is over ends. */
  #current(key: OverrideKey): Watch | undefined {
    const watch = this.#watches.get(nameOf(key));
    if (watch === undefined || watch.isRollingBack) return watch;
    if (this.#host.clock.now() < watch.since + watch.terms.withinS * 1000) return watch;
    this.#watches.delete(nameOf(key));
    return undefined;
  }
}

/** Characters: the longest reason of a change. */
const REASON_MAX = 500;

function nameOf({ user, subject }: OverrideKey): string {
  return `${subject} ${user ?? ''}`;
}

/**
 * Why this attempt shows that the new target does not answer; null: it does not show that. A lane has failed only if none
 * of its targets is left; a request also counts if it went elsewhere at once because all targets had failed before.
 */
function causeOf(
  watch: Watch,
  { plan, link, user, isFirst, isLast, failure }: WatchedAttempt,
): string | null {
  if (plan.generation < watch.generation) return null;
  if (watch.key.user !== null && watch.key.user !== user) return null;
  const concerned = plan.entries.filter((entry) => entry.eligible && isOf(watch, entry.link, plan));
  if (isOf(watch, link, plan)) {
    if (failure === null || !TARGET_FAILURES.has(failure.class)) return null;
    const isLastOfTarget = concerned.at(-1)?.link.target.id === link.target.id;
    return isLast || isLastOfTarget ? `${link.target.id} ${failure.summary}` : null;
  }
  if (!isFirst || concerned.length === 0 || !concerned.every(hasFailedBefore)) return null;
  const [first] = concerned;
  return first === undefined ? null : `${first.link.target.id} ${first.deferral?.cause ?? 'failed'}`;
}

function hasFailedBefore({ deferral }: PlanEntry): boolean {
  return deferral !== null && FAILED_BEFORE.has(deferral.code);
}

/** Does this link of a plan belong to what the switch has assigned? */
function isOf({ key, to }: Watch, link: ChainLink, { node }: Plan): boolean {
  const lane = laneOfSubject(key.subject);
  if (lane !== null) return link.lane?.name === lane && link.target.id === to.model;
  if (node?.name !== key.subject) return false;
  return to.model === null ? link.lane?.name === to.lane : link.target.id === to.model;
}
