import { Turns } from '../../util/turns.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { parseModelId } from '../../protocol/model-id.ts';
import type { Assignment } from '../../routing/snapshot.ts';
import type { RollbackTerms } from '../../routing/switch-watch.ts';
import {
  effectiveAssignment,
  effectiveLabels,
  labelsOfDropped,
  type AssignmentViews,
} from './effective-assignment.ts';
import { checkGeneration } from '../generation.ts';
import {
  assignmentLabel,
  isExpired,
  isSameOverride,
  laneOfSubject,
  overrideOf,
  type Overrides,
} from './overrides.ts';
import type {
  AssignmentChange,
  AssignmentStore,
  Override,
  OverrideKey,
  OverrideSettings,
} from '../../protocol/assignment.ts';

/** Circumstances of a change of an assignment. */
export interface SwitchNote {
  readonly reason: string | null;
  readonly actor: string;
  /** ISO 8601; null: never. */
  readonly expiresAt: string | null;
  /** Identifies the change in its event, for a caller that waits for it. */
  readonly switchId?: string;
  /**
   * The generation that the caller has seen (`If-Match`): the change is rejected if it is no longer current. null: no
   * check.
   */
  readonly ifGeneration?: number | null;
  /** The switch is watched, and rolled back if the new target fails. */
  readonly rollback?: RollbackTerms;
}

/** What a node or lane is assigned to. */
export interface AssignmentTarget extends Assignment {
  /** Parameters and fallbacks of a node; absent: those of the present override stay. */
  readonly settings?: OverrideSettings | null;
}

/** A change of one override; null drops it. */
interface Step {
  readonly key: OverrideKey;
  readonly to: AssignmentTarget | null;
}

/** A completed change of one assignment. */
export interface AssignmentEvent {
  readonly key: OverrideKey;
  /** Full model id or `lane:NAME`; null when there is neither (a lane without an override). */
  readonly from: string | null;
  readonly to: string | null;
  readonly action: 'switch' | 'reset' | 'undo' | 'expire';
  readonly actor: string;
  readonly reason: string | null;
  /** The generation after the change. */
  readonly generation: number;
  /** As given in the SwitchNote. */
  readonly switchId?: string;
  readonly rollback?: RollbackTerms;
  /** The override that a switch has replaced; null or absent: none. */
  readonly before?: Override | null;
}

/** What the assignments need from the registry. */
export interface AssignmentHost extends AssignmentViews {
  readonly store: AssignmentStore;
  readonly overrides: Overrides;
  /** Milliseconds since 1970. */
  wall(): number;
  /** `runtime_switching` of the configuration in force. */
  maySwitch(): boolean;
  generation(): number;
  /** Is a provider of this id configured? */
  hasProvider(id: string): boolean;
  /** Overrides have changed: build a new snapshot. */
  changed(generation: number): void;
}

/** Changes assignments one after the other: each is first stored, then takes effect, then is reported to listeners. */
export class Assignments {
  readonly #host: AssignmentHost;
  readonly #listeners: ((event: AssignmentEvent) => void)[] = [];
  /** Changes run one after the other, so that snapshots are built in the order of the transactions. */
  readonly #turns = new Turns();

  constructor(host: AssignmentHost) {
    this.#host = host;
  }

  /** Adds a listener, called for every change after it has taken effect. */
  listen(listener: (event: AssignmentEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Runs a change after the previous ones have ended. */
  inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    return this.#turns.run(change);
  }

  assign(key: OverrideKey, to: AssignmentTarget, note: SwitchNote): Promise<void> {
    return this.#change(() => {
      this.#requireProvider(to);
      return this.#put([{ key, to }], { action: 'switch', undoes: null, ...note });
    }, note.ifGeneration);
  }

  /** Replaces all overrides of a user in one transaction, with one generation. */
  replaceAll(user: string, targets: ReadonlyMap<string, AssignmentTarget>, note: SwitchNote): Promise<void> {
    return this.#change(() => {
      for (const to of targets.values()) this.#requireProvider(to);
      const dropped = [...this.#host.overrides.of(user).keys()].filter((subject) => !targets.has(subject));
      const steps: Step[] = [
        ...dropped.map((subject) => ({ key: { user, subject }, to: null })),
        ...Array.from(targets, ([subject, to]) => ({ key: { user, subject }, to })),
      ];
      return this.#put(steps, { action: 'switch', undoes: null, ...note });
    }, note.ifGeneration);
  }

  clear(key: OverrideKey, note: Omit<SwitchNote, 'expiresAt'>): Promise<void> {
    const change = { action: 'reset', undoes: null, expiresAt: null, ...note } as const;
    return this.#change(() => this.#put([{ key, to: null }], change), note.ifGeneration);
  }

  undo(
    key: OverrideKey,
    validate: (assignment: Assignment) => void,
    { reason, actor, ifGeneration }: Omit<SwitchNote, 'expiresAt'>,
  ): Promise<void> {
    return this.#change(async () => {
      effectiveAssignment(key, this.#host);
      const { seq, before } = await this.#lastStep(key);
      const change = { action: 'undo', undoes: seq, actor } as const;
      if (before === null) {
        await this.#put([{ key, to: null }], { ...change, reason, expiresAt: null });
        return;
      }
      const { model, lane, settings, expiresAt } = before;
      validate({ model, lane });
      const to = { model, lane, settings };
      await this.#put([{ key, to }], { ...change, reason: reason ?? before.reason, expiresAt });
    }, ifGeneration);
  }

  /**
   * Puts back the override that a switch has replaced; null, or one that has expired since: the default. Does nothing if
   * `isDue` is false when its turn comes.
   */
  restore(key: OverrideKey, before: Override | null, reason: string, isDue: () => boolean): Promise<void> {
    return this.#change(async () => {
      if (!isDue()) return;
      const kept = before === null || isExpired(before, this.#host.wall()) ? null : before;
      const note = { action: 'switch', undoes: null, actor: 'rollback', reason } as const;
      await this.#put([{ key, to: kept }], { ...note, expiresAt: kept?.expiresAt ?? null });
    });
  }

  /** The newest step whose undo changes something: it may have no effect because an override has expired since. */
  async #lastStep(key: OverrideKey): Promise<{ readonly seq: number; readonly before: Override | null }> {
    const { store } = this.#host;
    const present = this.#present(key);
    let step = await store.lastStep(key, null);
    while (step !== null) {
      const { seq } = step;
      const before = step.before !== null && isExpired(step.before, this.#host.wall()) ? null : step.before;
      if (!isSameOverride(before ?? undefined, present)) return { seq, before };
      step = await store.lastStep(key, seq);
    }
    throw new GatewayError('invalid_body', `nothing to undo for ${key.subject}`);
  }

  reset(
    actor: string,
    ifGeneration: number | null = null,
  ): Promise<{ reset: readonly string[]; generation: number }> {
    return this.#change(async () => {
      const { store, overrides } = this.#host;
      const dropped = [...overrides.of(null).values()];
      const { generation, subjects } = await store.resetAssignments({
        actor,
        at: this.#now(),
        labels: labelsOfDropped(dropped, this.#host),
      });
      this.#drop(dropped, generation, { action: 'reset', actor });
      return { reset: subjects, generation };
    }, ifGeneration);
  }

  /** Drops the overrides that have expired. Rejects when that cannot be stored; then nothing has changed. */
  expire(): Promise<void> {
    return this.inTurn(async () => {
      const { store, overrides } = this.#host;
      const wall = this.#host.wall();
      const due = overrides.due(wall);
      if (due.length === 0 || !this.#host.maySwitch()) return;
      const at = new Date(wall).toISOString();
      const { generation } = await store.expireAssignments({ at, labels: labelsOfDropped(due, this.#host) });
      this.#drop(due, generation, { action: 'expire', actor: 'expiry' });
    });
  }

  #change<Result>(change: () => Promise<Result>, ifGeneration: number | null = null): Promise<Result> {
    return this.inTurn(() => {
      if (!this.#host.maySwitch()) {
        const message =
          '"runtime_switching" is false: assignments cannot be changed while the gateway is running';
        throw new GatewayError('runtime_switching_off', message);
      }
      checkGeneration(ifGeneration, this.#host.generation());
      return change();
    });
  }

  /** Stores and applies overrides; drops those whose `to` is null or the default. */
  async #put(
    steps: readonly Step[],
    {
      switchId,
      rollback,
      ifGeneration: _1,
      ...note
    }: SwitchNote & Pick<AssignmentChange, 'action' | 'undoes'>,
  ): Promise<void> {
    const { store, overrides } = this.#host;
    const at = this.#now();
    const changes = steps.map((step) => this.#changeOf(step, { ...note, at }));
    const before = this.#host.generation();
    const { generation } = await store.assignAll(changes);
    if (generation === before) return;
    const changed = changes.filter((change) => !isSameOverride(overrideOf(change), this.#present(change)));
    const replaced = changed.map((change) => this.#present(change) ?? null);
    for (const change of changed) {
      const override = overrideOf(change);
      if (override === undefined) overrides.delete(change);
      else overrides.set(override);
    }
    this.#host.changed(generation);
    const { reason, actor, action } = note;
    for (const [index, { user, subject, fromLabel: from, toLabel: to }] of changed.entries()) {
      this.#emit({
        ...{ key: { user, subject }, from, to, action, actor, reason, generation },
        ...(switchId === undefined ? {} : { switchId }),
        ...(rollback === undefined ? {} : { rollback, before: replaced[index] ?? null }),
      });
    }
  }

  /** Throws 404 for a model whose provider has been removed since the caller has checked it. */
  #requireProvider({ model }: Assignment): void {
    const provider = model === null ? null : (parseModelId(model)?.provider ?? null);
    if (provider === null || this.#host.hasProvider(provider)) return;
    throw new GatewayError('provider_not_found', `provider "${provider}" has just been removed`, {
      param: 'provider',
    });
  }

  /** The change of the store for one step. Throws 404 for an unknown name, and `invalid_body` for a lane on a lane. */
  #changeOf(
    { key, to }: Step,
    note: Pick<AssignmentChange, 'expiresAt' | 'reason' | 'actor' | 'action' | 'undoes' | 'at'>,
  ): AssignmentChange {
    const { now, without, isDefault } = effectiveAssignment(key, this.#host);
    if (to?.lane != null && laneOfSubject(key.subject) !== null) {
      throw new GatewayError('invalid_body', 'the override of a lane must be a model, not another lane', {
        param: 'lane',
      });
    }
    // A switch keeps what the configuration service has set for the node.
    const settings = to?.settings === undefined ? (this.#present(key)?.settings ?? null) : to.settings;
    const isDropped = to === null || (settings === null && isDefault(to));
    return {
      ...note,
      ...{ user: key.user, subject: key.subject, fromLabel: now },
      to: isDropped ? null : { model: to.model, lane: to.lane, settings },
      toLabel: isDropped ? without : assignmentLabel(to),
      expiresAt: isDropped ? null : note.expiresAt,
    };
  }

  #present({ user, subject }: OverrideKey): Override | undefined {
    return this.#host.overrides.of(user).get(subject);
  }

  #drop(
    dropped: readonly Override[],
    generation: number,
    { action, actor }: Pick<AssignmentEvent, 'action' | 'actor'>,
  ): void {
    if (dropped.length === 0) return;
    for (const override of dropped) this.#host.overrides.delete(override);
    this.#host.changed(generation);
    this.reportDropped(dropped, generation, { action, actor });
  }

  /** Notifies the listeners of overrides that are no longer in force. */
  reportDropped(
    dropped: readonly Override[],
    generation: number,
    by: Pick<AssignmentEvent, 'action' | 'actor'>,
  ): void {
    for (const override of dropped) {
      const { user, subject } = override;
      const from = assignmentLabel(override);
      this.#emit({
        key: { user, subject },
        from,
        to: effectiveLabels(override, this.#host).now,
        reason: null,
        generation,
        ...by,
      });
    }
  }

  #emit(event: AssignmentEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #now(): string {
    return new Date(this.#host.wall()).toISOString();
  }
}
