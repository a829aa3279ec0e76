import type { Config } from '../config/config.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { Listing } from '../providers/provider.ts';
import type { Assignment, ModelEntry, NodeEntry, Snapshot } from '../routing/snapshot.ts';
import type { Clock } from '../util/clock.ts';
import { nearestAdvice } from '../util/nearest.ts';
import { buildSnapshot } from './build-snapshot.ts';
import type { ProviderFacts } from './snapshot-parts.ts';
import { Durations } from './durations.ts';
import type { AssignmentStore, NodeDuration, Override } from './ports.ts';

/** What the registry starts from. */
export interface RegistryOptions {
  readonly config: Config;
  readonly providers: ReadonlyMap<string, ProviderFacts>;
  readonly overrides: readonly Override[];
  readonly durations: readonly NodeDuration[];
  readonly generation: number;
  readonly store: AssignmentStore;
  readonly clock: Clock;
}

/** Who changes an assignment, and why. */
export interface SwitchNote {
  readonly reason: string | null;
  readonly actor: string;
}

/**
 * Holds configuration, assignments and what discovery has listed, and makes the frozen snapshot of them. A change
 * is durable before it shows; requests under way keep the snapshot they started with.
 */
export class Registry {
  readonly durations: Durations;
  readonly #options: RegistryOptions;
  readonly #overrides = new Map<string, Override>();
  readonly #listings = new Map<string, Listing>();
  #generation: number;
  #snapshot: Snapshot;
  /** Changes take their turns, so that the snapshots follow each other as the transactions do. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#generation = options.generation;
    this.durations = new Durations(options.durations);
    for (const override of options.overrides) this.#overrides.set(override.node, override);
    this.#snapshot = this.#build();
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** One node. Throws `node_not_found` with the nearest names. */
  node(name: string): NodeEntry {
    const node = this.#snapshot.nodes.get(name);
    if (node !== undefined) return node;
    const advice = nearestAdvice(name, this.#snapshot.nodes.keys());
    throw new GatewayError('node_not_found', `unknown node "${name.slice(0, 100)}"${advice}`, {
      param: 'node',
    });
  }

  /** The target as the newest snapshot knows it. */
  current(model: ModelEntry): ModelEntry {
    return this.#snapshot.models.get(model.id) ?? { ...model, inList: this.#isListed(model) };
  }

  /** Points a node at a model or lane; at its default means dropping the override. */
  assign(name: string, to: Assignment, note: SwitchNote): Promise<void> {
    return this.#inTurn(async () => {
      const node = this.node(name);
      const isDefault = same(to, node.default);
      const at = this.#now();
      const { generation } = await this.#options.store.switchNode({
        node: name,
        to: isDefault ? null : to,
        fromLabel: label(node.assignment),
        toLabel: label(to),
        action: 'switch',
        ...note,
        at,
      });
      if (isDefault) this.#overrides.delete(name);
      else this.#overrides.set(name, { node: name, ...to, ...note, at });
      this.#changed(generation);
    });
  }

  /** Drops a node's override. */
  clear(name: string, actor: string): Promise<void> {
    return this.#inTurn(async () => {
      const node = this.node(name);
      const { generation } = await this.#options.store.switchNode({
        node: name,
        to: null,
        fromLabel: label(node.assignment),
        toLabel: label(node.default),
        action: 'reset',
        reason: null,
        actor,
        at: this.#now(),
      });
      this.#overrides.delete(name);
      this.#changed(generation);
    });
  }

  /** Drops every override; names the nodes that had one. */
  reset(actor: string): Promise<{ reset: readonly string[]; generation: number }> {
    return this.#inTurn(async () => {
      const labels = Object.fromEntries(
        [...this.#snapshot.nodes.values()]
          .filter((node) => node.override !== null)
          .map((node) => [node.name, { from: label(node.assignment), to: label(node.default) }]),
      );
      const change = { actor, at: this.#now(), labels };
      const { generation, subjects } = await this.#options.store.resetNodes(change);
      this.#overrides.clear();
      this.#changed(generation);
      return { reset: subjects, generation };
    });
  }

  /** A provider's list was read; the generation stays. */
  applyListing(providerId: string, listing: Listing): void {
    this.#listings.set(providerId, listing);
    this.#snapshot = this.#build();
  }

  #isListed(model: ModelEntry): boolean | null {
    const listing = this.#listings.get(model.provider.id);
    if (listing === undefined) return null;
    return listing.models.some(({ id }) => id === model.upstreamId);
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(change);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #changed(generation: number): void {
    this.#generation = generation;
    this.#snapshot = this.#build();
  }

  #build(): Snapshot {
    const { config, providers, clock } = this.#options;
    return buildSnapshot({
      config,
      providers,
      overrides: this.#overrides,
      listings: this.#listings,
      generation: this.#generation,
      today: new Date(clock.wall()).toISOString().slice(0, 10),
    });
  }

  #now(): string {
    return new Date(this.#options.clock.wall()).toISOString();
  }
}

function same(a: Assignment, b: Assignment): boolean {
  return a.model === b.model && a.lane === b.lane;
}

function label(assignment: Assignment): string {
  return assignment.model ?? `lane:${assignment.lane ?? ''}`;
}
