import type { Config } from '../config/config.ts';
import { GatewayError, type ErrorCode } from '../protocol/errors.ts';
import type { Listing, Provider } from '../providers/provider.ts';
import type { Assignment, LaneEntry, ModelEntry, NodeEntry, Snapshot } from '../routing/snapshot.ts';
import type { Clock } from '../util/clock.ts';
import { nearestAdvice } from '../util/nearest.ts';
import { Assignments, type AssignmentEvent, type SwitchNote } from './assignments.ts';
import { buildSnapshot } from './build-snapshot.ts';
import { Durations } from './durations.ts';
import { ExpiryTimer } from './expiry.ts';
import { applyOverrides, Overrides } from './overrides.ts';
import type { AssignmentStore, NodeDuration, Override, OverrideKey } from '../protocol/assignment.ts';

/** What the registry starts from. */
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
 * Holds configuration, assignments and what discovery has listed, and makes the frozen snapshot of them. A change
 * is durable before it shows; requests under way keep the snapshot they started with.
 */
export class Registry {
  readonly durations: Durations;
  readonly #clock: Clock;
  readonly #overrides: Overrides;
  readonly #assignments: Assignments;
  readonly #expiry: ExpiryTimer;
  readonly #listings = new Map<string, Listing>();
  readonly #warned = new Set<string>();
  readonly #warningListeners: ((message: string) => void)[] = [];
  /** Users' own, as far as somebody asked for them, of the snapshot in force. */
  readonly #ofUsers = new Map<string, Snapshot>();
  readonly #providersOf = new WeakMap<Snapshot, ReadonlyMap<string, Provider>>();
  #config: Config;
  #providers: ReadonlyMap<string, Provider>;
  #generation: number;
  #snapshot: Snapshot;

  constructor(options: RegistryOptions) {
    const { store, clock } = options;
    this.#clock = clock;
    this.#config = options.config;
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
      node: (name, user) => this.node(name, user),
      lane: (name, user) => this.lane(name, user),
      changed: (generation) => {
        this.#generation = generation;
        this.#renew();
      },
    });
    this.#expiry = new ExpiryTimer(() => this.expireDue());
    this.#snapshot = this.#renew();
  }

  /** Everybody's. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** With a user's overrides laid over; everybody's for users who have none. */
  snapshotFor(user: string | null): Snapshot {
    if (user === null) return this.#snapshot;
    const overrides = this.#overrides.of(user);
    if (overrides.size === 0) return this.#snapshot;
    const made = this.#ofUsers.get(user);
    if (made !== undefined) return made;
    const snapshot = applyOverrides(this.#snapshot, overrides);
    this.#ofUsers.set(user, snapshot);
    this.#providersOf.set(snapshot, this.#providers);
    return snapshot;
  }

  /** The provider as it was when the snapshot was made: a reload never pulls a request's connection away. */
  provider(id: string, snapshot: Snapshot): Provider | undefined {
    return (this.#providersOf.get(snapshot) ?? this.#providers).get(id);
  }

  /** One node, as a user has it. Throws `node_not_found` with the nearest names. */
  node(name: string, user: string | null = null): NodeEntry {
    const { nodes } = this.snapshotFor(user);
    return nodes.get(name) ?? notFound('node_not_found', 'node', name, nodes.keys());
  }

  /** One lane, as a user has it. Throws `lane_not_found` with the nearest names. */
  lane(name: string, user: string | null = null): LaneEntry {
    const { lanes } = this.snapshotFor(user);
    return lanes.get(name) ?? notFound('lane_not_found', 'lane', name, lanes.keys());
  }

  /** The target as the newest snapshot knows it: where it is a lane's front, whatever that is now. */
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
    // Its server may have turned out to be of another type since.
    const provider = providers.get(model.provider.id) ?? model.provider;
    return { ...model, provider, inList: this.#isListed(model) };
  }

  /**
   * Points a node at a model or lane, or puts a model in front of a lane; at its default means dropping the override.
   * Throws 404 for a subject that is not there and `runtime_switching_off`; rejects when it cannot be written down.
   */
  assign(key: OverrideKey, to: Assignment, note: SwitchNote): Promise<void> {
    return this.#assignments.assign(key, to, note);
  }

  /** Drops an override. Throws as `assign` does. */
  clear(key: OverrideKey, note: Omit<SwitchNote, 'expiresAt'>): Promise<void> {
    return this.#assignments.clear(key, note);
  }

  /**
   * Takes the last change of a subject back, with each call one step further. `judge` may refuse the override that
   * would come back, by throwing. Throws `invalid_body` when there is nothing to undo, else as `assign` does.
   */
  undo(
    key: OverrideKey,
    validate: (assignment: Assignment) => void,
    note: Omit<SwitchNote, 'expiresAt'>,
  ): Promise<void> {
    return this.#assignments.undo(key, validate, note);
  }

  /** Drops every global override and names what had one; users' own stay. Throws as `assign` does. */
  reset(
    actor: string,
    ifGeneration: number | null = null,
  ): Promise<{ reset: readonly string[]; generation: number }> {
    return this.#assignments.reset(actor, ifGeneration);
  }

  /**
   * Drops what has expired by the wall clock. Never rejects: where it cannot be written down the override holds on
   * (a generation is a transaction), which is warned of once, and the next tick tries again.
   */
  async expireDue(): Promise<void> {
    if (this.#overrides.due(this.#clock.wall()).length === 0) return;
    try {
      await this.#assignments.expire();
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown error';
      this.#warn([`an override has expired and holds until that can be written down (${why})`]);
    }
  }

  /** Runs a change of the store between two changes of assignments, never beside one. */
  inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    return this.#assignments.inTurn(change);
  }

  /**
   * Puts another configuration in force, at once and in one piece; to be called inside `inTurn`, behind the note that
   * gave the generation. Lists of providers that are new or gone are forgotten. Overrides of nodes and lanes that are
   * no longer there stay and have no effect until the name comes back.
   */
  applyConfiguration(next: {
    readonly config: Config;
    readonly providers: ReadonlyMap<string, Provider>;
    readonly generation: number;
  }): void {
    for (const id of this.#listings.keys()) {
      if (next.providers.get(id) !== this.#providers.get(id)) this.#listings.delete(id);
    }
    this.#config = next.config;
    this.#providers = next.providers;
    this.#generation = next.generation;
    this.#warned.clear();
    this.#renew();
  }

  /** A provider's list was read; the generation stays. */
  applyListing(providerId: string, listing: Listing): void {
    if (!this.#providers.has(providerId)) return;
    this.#listings.set(providerId, listing);
    this.#renew();
  }

  /** What was listed says nothing any more (another key, another address); the generation stays. */
  forgetListing(providerId: string): void {
    if (this.#listings.delete(providerId)) this.#renew();
  }

  /** Hears of every change of an assignment, after it shows. */
  onAssignment(listener: (event: AssignmentEvent) => void): void {
    this.#assignments.listen(listener);
  }

  /** Hears what an operator should know, each sentence once per configuration; those so far at once. */
  onWarning(listener: (message: string) => void): void {
    this.#warningListeners.push(listener);
    for (const message of this.#warned) listener(message);
  }

  /** Ends the timer; before the store is closed. */
  stop(): void {
    this.#expiry.stop();
  }

  #isListed({ provider, upstreamId }: ModelEntry): boolean | null {
    return this.#listings.get(provider.id)?.models.some(({ id }) => id === upstreamId) ?? null;
  }

  #renew(): Snapshot {
    const { snapshot, warnings } = buildSnapshot({
      config: this.#config,
      providers: this.#providers,
      overrides: this.#overrides,
      listings: this.#listings,
      generation: this.#generation,
      today: new Date(this.#clock.wall()).toISOString().slice(0, 10),
    });
    this.#ofUsers.clear();
    this.#providersOf.set(snapshot, this.#providers);
    this.#snapshot = snapshot;
    this.#expiry.run(this.#overrides.hasExpiring && this.#config.runtime_switching);
    this.#warn(warnings);
    return snapshot;
  }

  #warn(messages: readonly string[]): void {
    for (const message of messages) {
      if (this.#warned.has(message)) continue;
      this.#warned.add(message);
      for (const listener of this.#warningListeners) listener(message);
    }
  }
}

function notFound(code: ErrorCode, noun: string, name: string, known: Iterable<string>): never {
  const message = `unknown ${noun} "${name.slice(0, 100)}"${nearestAdvice(name, known)}`;
  throw new GatewayError(code, message, { param: noun });
}
