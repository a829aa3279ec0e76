import type { Config } from '../config/config.ts';
import { GatewayError, type ErrorCode } from '../protocol/errors.ts';
import type { UnreadableFile } from '../protocol/model-file.ts';
import type { Usage } from '../protocol/usage.ts';
import { ofDetectedType, type ListedModel, type Listing, type Provider } from '../providers/provider.ts';
import type { Assignment, LaneEntry, ModelEntry, NodeEntry, Snapshot } from '../routing/snapshot.ts';
import type { Clock } from '../util/clock.ts';
import { nearestAdvice } from '../util/nearest.ts';
import {
  Assignments,
  type AssignmentEvent,
  type AssignmentTarget,
  type SwitchNote,
} from './assignments/assignments.ts';
import { buildSnapshot } from './snapshot/build-snapshot.ts';
import { labelsOfDropped } from './assignments/effective-assignment.ts';
import { Durations } from './assignments/last-durations.ts';
import { ExpiryTimer } from './assignments/expiry.ts';
import type { LearntBound } from './snapshot/learnt-windows.ts';
import { needsMemory } from './snapshot/memory-fits.ts';
import { ModelSources } from './snapshot/model-sources.ts';
import { applyOverrides, Overrides } from './assignments/overrides.ts';
import { Rollbacks } from './assignments/rollbacks.ts';
import { Warnings } from './warnings.ts';
import type { AssignmentStore, Labels, NodeDuration, Override, OverrideKey } from '../protocol/assignment.ts';

/** Options of the registry: what it starts from. */
export interface RegistryOptions {
  readonly config: Config;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly overrides: readonly Override[];
  readonly durations: readonly NodeDuration[];
  readonly generation: number;
  readonly store: AssignmentStore;
  readonly clock: Clock;
}

/**
 * Holds the configuration, the assignments and the model lists, and builds the frozen snapshot from them. A change is
 * stored before it takes effect; requests in progress keep the snapshot they started with.
 */
export class Registry {
  readonly durations: Durations;
  /** Switches that are watched, and rolled back if their targets fail. */
  readonly rollbacks: Rollbacks;
  readonly #clock: Clock;
  readonly #overrides: Overrides;
  readonly #assignments: Assignments;
  readonly #expiry: ExpiryTimer;
  readonly #sources: ModelSources;
  readonly #warnings = new Warnings();
  readonly #snapshotListeners: ((snapshot: Snapshot) => void)[] = [];
  /** Snapshots of users, built on demand from the current one. */
  readonly #userSnapshots = new Map<string, Snapshot>();
  readonly #providersOf = new WeakMap<Snapshot, ReadonlyMap<string, Provider>>();
  #config: Config;
  /** The providers as configured. */
  #configured: ReadonlyMap<string, Provider>;
  /** The same with the types that their listings have detected: those of the current snapshot. */
  #providers: ReadonlyMap<string, Provider>;
  #generation: number;
  #snapshot: Snapshot;

  constructor(options: RegistryOptions) {
    const { store, clock } = options;
    this.#clock = clock;
    this.#sources = new ModelSources(clock.now);
    this.#config = options.config;
    this.#configured = options.providers;
    this.#providers = options.providers;
    this.#generation = options.generation;
    this.durations = new Durations(options.durations);
    this.#overrides = new Overrides(options.overrides);
    this.#assignments = new Assignments({
      store,
      overrides: this.#overrides,
      wall: clock.wall,
      maySwitch: () => this.#config.runtime_switching,
      generation: () => this.#generation,
      hasProvider: (id) => Object.hasOwn(this.#config.providers, id),
      node: (name, user) => this.node(name, user),
      lane: (name, user) => this.lane(name, user),
      changed: (generation) => {
        this.#generation = generation;
        this.#rebuild();
      },
    });
    this.rollbacks = new Rollbacks({
      clock,
      restore: this.#assignments.restore.bind(this.#assignments),
      warn: (message) => {
        this.#warnings.issue([message]);
      },
    });
    this.#assignments.listen((event) => {
      this.rollbacks.assigned(event);
    });
    this.#expiry = new ExpiryTimer(() => this.expireDue());
    this.#snapshot = this.#rebuild();
  }

  /** The current snapshot, with the global overrides. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** The current snapshot for a user; the global one for a user without overrides. */
  snapshotFor(user: string | null): Snapshot {
    if (user === null) return this.#snapshot;
    const overrides = this.#overrides.of(user);
    if (overrides.size === 0) return this.#snapshot;
    const cached = this.#userSnapshots.get(user);
    if (cached !== undefined) return cached;
    const snapshot = applyOverrides(this.#snapshot, overrides);
    this.#userSnapshots.set(user, snapshot);
    this.#providersOf.set(snapshot, this.#providers);
    return snapshot;
  }

  /** The provider as of the snapshot, so that a reload never closes the connection of a request in progress. */
  provider(id: string, snapshot: Snapshot): Provider | undefined {
    return (this.#providersOf.get(snapshot) ?? this.#providers).get(id);
  }

  /** One node as seen by a user. Throws `node_not_found` with the nearest names. */
  node(name: string, user: string | null = null): NodeEntry {
    const { nodes, lanes } = this.snapshotFor(user);
    const isLane = lanes.has(name) && !nodes.has(name);
    // The advice names the lane first: a node that is merely similar is not what was meant.
    const known = isLane ? [`lane:${name}`] : nodes.keys();
    return nodes.get(name) ?? notFound('node_not_found', 'node', name, known);
  }

  /** One lane as seen by a user. Throws `lane_not_found` with the nearest names. */
  lane(name: string, user: string | null = null): LaneEntry {
    const { lanes } = this.snapshotFor(user);
    return lanes.get(name) ?? notFound('lane_not_found', 'lane', name, lanes.keys());
  }

  /** The entry of a target in the current snapshot; for a target from the environment, the current one of its lane. */
  current(model: ModelEntry): ModelEntry {
    if (model.environmentTargetOf !== null) {
      const environmentTarget =
        this.#snapshot.lanes.get(model.environmentTargetOf)?.environmentTarget ?? null;
      return environmentTarget?.provider.id === model.provider.id
        ? environmentTarget
        : { ...model, inList: false };
    }
    const { models, providers } = this.#snapshot;
    const listed = models.get(model.id);
    if (listed !== undefined) return listed;
    // The type of its server may have been detected since.
    const provider = providers.get(model.provider.id) ?? model.provider;
    return { ...model, provider, inList: this.#sources.isListed(model) };
  }

  /**
   * Sets the override of a node (a model or a lane) or of a lane (a model); assigning the default drops the override.
   * Rejects with 404 for an unknown subject, `runtime_switching_off`, `generation_mismatch`, or the store's error.
   */
  assign(key: OverrideKey, to: AssignmentTarget, note: SwitchNote): Promise<void> {
    return this.#assignments.assign(key, to, note);
  }

  /** Replaces all overrides of a user by those given, by subject. Rejects like `assign`; then nothing has changed. */
  replaceOverrides(
    user: string,
    targets: ReadonlyMap<string, AssignmentTarget>,
    note: SwitchNote,
  ): Promise<void> {
    return this.#assignments.replaceAll(user, targets, note);
  }

  /** Drops an override. Rejects like `assign`. */
  clear(key: OverrideKey, note: Omit<SwitchNote, 'expiresAt'>): Promise<void> {
    return this.#assignments.clear(key, note);
  }

  /**
   * Undoes the last change of a subject; each call goes one step further back. `validate` may reject the override that
   * would be restored by throwing. Rejects with `invalid_body` when there is nothing to undo, else like `assign`.
   */
  undo(
    key: OverrideKey,
    validate: (assignment: Assignment) => void,
    note: Omit<SwitchNote, 'expiresAt'>,
  ): Promise<void> {
    return this.#assignments.undo(key, validate, note);
  }

  /** The override of a subject, which a switch would replace; null: it has none. */
  override({ user, subject }: OverrideKey): Override | null {
    return this.#overrides.of(user).get(subject) ?? null;
  }

  /** Puts back what a switch has replaced; see `Assignments.restore`. */
  restore(key: OverrideKey, before: Override | null, reason: string, isDue: () => boolean): Promise<void> {
    return this.#assignments.restore(key, before, reason, isDue);
  }

  /** Drops all global overrides and returns their subjects; those of users stay. Rejects like `assign`. */
  reset(
    actor: string,
    ifGeneration: number | null = null,
  ): Promise<{ reset: readonly string[]; generation: number }> {
    return this.#assignments.reset(actor, ifGeneration);
  }

  /**
   * Drops the overrides that have expired by the wall clock. Never rejects: when that cannot be stored, the overrides stay
   * in force, a warning is issued once, and the next tick retries.
   */
  async expireDue(): Promise<void> {
    if (this.#overrides.due(this.#clock.wall()).length === 0) return;
    try {
      await this.#assignments.expire();
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown error';
      this.#warnings.issue([`an expired override stays in effect until its removal can be stored (${why})`]);
    }
  }

  /** Runs a change of the store between two changes of assignments, never concurrently with one. */
  inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    return this.#assignments.inTurn(change);
  }

  /**
   * Applies a new configuration atomically. Call it inside `inTurn`, after the store has returned the generation. Model
   * lists of replaced and removed providers are dropped. Overrides of nodes and lanes that no longer exist stay,
   * without effect until the name returns. `dropped`: overrides that the same change of this actor has dropped.
   */
  applyConfiguration(next: {
    readonly config: Config;
    readonly providers: ReadonlyMap<string, Provider>;
    readonly generation: number;
    readonly dropped?: { readonly overrides: readonly OverrideKey[]; readonly actor: string };
  }): void {
    const { overrides: keys, actor } = next.dropped ?? { overrides: [], actor: 'local' };
    const dropped = keys.flatMap((key) => this.#overrides.of(key.user).get(key.subject) ?? []);
    for (const override of dropped) this.#overrides.delete(override);
    this.#sources.forgetReplaced((id) => next.providers.get(id) !== this.#configured.get(id));
    this.#config = next.config;
    this.#configured = next.providers;
    this.#generation = next.generation;
    this.#warnings.clear();
    this.#rebuild();
    this.#assignments.reportDropped(dropped, next.generation, { action: 'reset', actor });
  }

  /** The overrides, global and of users, that assign a model of a provider, with the labels for dropping them. */
  overridesOn(providerId: string): { readonly overrides: readonly Override[]; readonly labels: Labels } {
    const overrides = [...this.#overrides].filter(({ model }) => model?.startsWith(`${providerId}/`));
    return { overrides, labels: labelsOfDropped(overrides, this) };
  }

  /** The users that have overrides, sorted, with the subjects of each. */
  usersWithOverrides(): { readonly user: string; readonly subjects: readonly string[] }[] {
    return this.#overrides
      .users()
      .map((user) => ({ user, subjects: [...this.#overrides.of(user).keys()].sort() }));
  }

  /** Applies a provider's model list; the generation does not change. */
  applyListing(providerId: string, listing: Listing): void {
    if (!this.#configured.has(providerId)) return;
    this.#sources.setListing(providerId, listing, this.#snapshot.models);
    this.#rebuild();
  }

  /**
   * Applies the models whose files a provider has, and the files that cannot be used; the generation does not change.
   * Without any, it has no folder.
   */
  applyFiles(
    providerId: string,
    models: readonly ListedModel[],
    unreadable: readonly UnreadableFile[] = [],
  ): void {
    if (this.#sources.setFiles(providerId, models, unreadable)) this.#rebuild();
  }

  /** Drops a provider's outdated model list (new key, new address); the generation does not change. */
  forgetListing(providerId: string): void {
    if (this.#sources.forgetListing(providerId, this.#snapshot.models)) this.#rebuild();
  }

  /** A server has refused a request for a window or an output limit of `tokens`: bounds the model's. */
  learnBound(model: ModelEntry, bound: LearntBound, tokens: number): void {
    if (this.#sources.learnBound(model, bound, tokens)) this.#rebuild();
  }

  /** A model has served this many tokens in one exchange: drops a learnt bound that it exceeds. */
  noteServed(model: ModelEntry, usage: Usage): void {
    if (this.#sources.noteServed(model, usage)) this.#rebuild();
  }

  /** Does a model say how much memory it needs? */
  get needsMemory(): boolean {
    return this.#snapshot.models.values().some(needsMemory);
  }

  /** This many gigabytes of memory are free (null: unknown); the generation does not change. */
  applyFreeMemory(freeGb: number | null): void {
    if (this.#sources.memory.update(freeGb, this.#snapshot.models)) this.#rebuild();
  }

  /** A request is sent to a model, which its server may load for it. */
  noteBegan(model: ModelEntry): void {
    this.#sources.memory.began(model);
  }

  /** Drops all learnt bounds, for a reload that changes nothing else; the generation does not change. */
  forgetBounds(): void {
    if (this.#sources.windows.clear()) this.#rebuild();
  }

  /** Adds a listener, called for every change of an assignment after it has taken effect. */
  onAssignment(listener: (event: AssignmentEvent) => void): void {
    this.#assignments.listen(listener);
  }

  /** Adds a listener, called with each new snapshot, and with the current one at once. */
  onSnapshot(listener: (snapshot: Snapshot) => void): void {
    this.#snapshotListeners.push(listener);
    listener(this.#snapshot);
  }

  /** Adds a listener for warnings, each issued once per configuration; it gets the earlier ones at once. */
  onWarning(listener: (message: string) => void): void {
    this.#warnings.listen(listener);
  }

  /** Stops the timer; call it before the store is closed. */
  stop(): void {
    this.#expiry.stop();
  }

  #rebuild(): Snapshot {
    const providers = new Map(
      Array.from(this.#configured, ([id, each]) => [
        id,
        ofDetectedType(each, this.#sources.listings.get(id)),
      ]),
    );
    const { snapshot, warnings } = buildSnapshot({
      config: this.#config,
      providers,
      overrides: this.#overrides,
      listings: this.#sources.listings,
      files: this.#sources.files,
      unreadable: this.#sources.unreadable,
      listedIds: this.#sources.listedIds,
      windows: this.#sources.windows,
      memory: this.#sources.memory,
      generation: this.#generation,
      today: new Date(this.#clock.wall()).toISOString().slice(0, 10),
    });
    this.#userSnapshots.clear();
    this.#providers = providers;
    this.#providersOf.set(snapshot, providers);
    this.#snapshot = snapshot;
    this.#expiry.run(this.#overrides.hasExpiring && this.#config.runtime_switching);
    this.#warnings.issue(warnings);
    for (const listener of this.#snapshotListeners) listener(snapshot);
    return snapshot;
  }
}

function notFound(code: ErrorCode, noun: string, name: string, known: Iterable<string>): never {
  const message = `unknown ${noun} "${name.slice(0, 100)}"${nearestAdvice(name, known)}`;
  throw new GatewayError(code, message, { param: noun });
}
