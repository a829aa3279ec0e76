import type { RequestKind } from '../protocol/capabilities.ts';
import { findModel } from './name.ts';
import type { ChainLink, Destination, Source } from './plan.ts';
import type { ResidencyMap } from './residency.ts';
import { bestLocal, score, unmetRequirement } from './score.ts';
import type { LaneEntry, ModelEntry, NodeEntry, Snapshot } from './snapshot.ts';

/** The configured order of targets for one destination, each model once, independent of any request. */
export interface Chain {
  readonly links: readonly ChainLink[];
  /** A requested lane without targets of its own. */
  readonly emptyLane: string | null;
}

/** The chains of a snapshot while the same models are in memory. */
interface Chains {
  readonly residency: ResidencyMap;
  readonly byKey: Map<string, Chain>;
}

const cache = new WeakMap<Snapshot, Chains>();

/**
 * The chain of a destination for requests of one kind; `first` is a lane that a rule puts in front. Which models are in
 * memory decides about the scored one. Cached per snapshot, for the last residency.
 */
export function chainOf(
  destination: Destination,
  kind: RequestKind,
  first: LaneEntry | null,
  snapshot: Snapshot,
  residency: ResidencyMap,
): Chain {
  let chains = cache.get(snapshot);
  if (chains?.residency !== residency) cache.set(snapshot, (chains = { residency, byKey: new Map() }));
  const key = `${kind} ${first?.name ?? ''} ${destinationKey(destination)}`;
  let chain = chains.byKey.get(key);
  if (chain === undefined) {
    chain = build(destination, kind, first, { snapshot, residency });
    // Unknown models are not cached: their names come from callers, who could fill the memory with them.
    if (destination.kind !== 'model' || snapshot.models.has(destination.model.id))
      chains.byKey.set(key, chain);
  }
  return chain;
}

/**
 * Full id of the first target of a chain that was put there deliberately, by configuration or a switch. Targets that
 * only discovery brings (a scored model, an environment target) come and go by themselves.
 */
export function headOf(links: readonly ChainLink[]): string | null {
  const head = links.find(({ source, target }) => source !== 'scored' && target.environmentTargetOf === null);
  return head?.target.id ?? null;
}

function destinationKey(destination: Destination): string {
  switch (destination.kind) {
    case 'node':
      return `node:${destination.node.name}`;
    case 'lane':
      return `lane:${destination.lane.name}`;
    case 'model':
      return `model:${destination.model.id}`;
  }
}

function build(
  destination: Destination,
  kind: RequestKind,
  first: LaneEntry | null,
  sources: ChainSources,
): Chain {
  const builder = new ChainBuilder(sources);
  if (kind === 'direct' && destination.kind === 'model') {
    // A direct call goes to one provider: no other one is known to have the call, or a voice of that name.
    builder.only(destination.model);
    return { links: builder.links, emptyLane: null };
  }
  if (first !== null) builder.lane(first, true);
  switch (destination.kind) {
    case 'model':
      builder.model(destination.model.id, 'assigned');
      break;
    case 'lane':
      if (kind !== 'chat') break;
      builder.lane(destination.lane, true);
      builder.defaultLane();
      break;
    case 'node':
      addNode(builder, destination.node, kind, sources.snapshot);
      break;
  }
  return { links: builder.links, emptyLane: builder.emptyLane };
}

function addNode(builder: ChainBuilder, node: NodeEntry, kind: RequestKind, snapshot: Snapshot): void {
  if (node.assignment.model !== null) builder.model(node.assignment.model, 'assigned');
  for (const id of node.fallbacks) builder.model(id, 'node_fallback');
  // Embeddings and scores of different models are not comparable: only the node's own models may answer.
  if (kind !== 'chat' || node.kind !== 'chat') return;
  const lane = snapshot.lanes.get(laneOf(node) ?? '');
  if (lane !== undefined) builder.lane(lane, true);
  builder.defaultLane();
}

/** A node's lane: the assigned one, or after a switch to a model the default one. */
export function laneOf(node: NodeEntry): string | null {
  return node.assignment.lane ?? node.default.lane;
}

/** Where a link of a chain comes from. */
type LinkPlace = Pick<ChainLink, 'source' | 'lane' | 'ownLane'>;

/** What chains are built from. */
interface ChainSources {
  readonly snapshot: Snapshot;
  readonly residency: ResidencyMap;
}

class ChainBuilder {
  readonly links: ChainLink[] = [];
  emptyLane: string | null = null;
  readonly #taken = new Set<string>();
  readonly #lanes = new Set<string>();
  readonly #snapshot: Snapshot;
  readonly #residency: ResidencyMap;

  constructor({ snapshot, residency }: ChainSources) {
    this.#snapshot = snapshot;
    this.#residency = residency;
  }

  /** Adds a model without its fallbacks. */
  only(target: ModelEntry): void {
    this.#add(target, { source: 'assigned', lane: null, ownLane: false });
  }

  /** Adds a model and, directly after it, its own fallbacks. Unknown ids are skipped. */
  model(id: string, source: Source, lane: LaneEntry | null = null, ownLane = false): void {
    const model = findModel(id, this.#snapshot);
    if (model !== null) this.#withFallbacks(model, { source, lane, ownLane });
  }

  #withFallbacks(target: ModelEntry, place: LinkPlace, unmet: string | null = null): void {
    this.#add(target, place, unmet);
    for (const fallback of target.fallbacks) {
      const next = findModel(fallback, this.#snapshot);
      const source: Source = place.source === 'default_lane' ? 'default_lane' : 'model_fallback';
      if (next !== null) this.#add(next, { ...place, source });
    }
  }

  /** Adds a lane's chain: its override, environment target, preferred models, best other local model, cloud fallback. */
  lane(lane: LaneEntry, ownLane: boolean): void {
    this.#lanes.add(lane.name);
    const place = (source: Source): LinkPlace => ({
      source: ownLane ? source : 'default_lane',
      ...{ lane, ownLane },
    });
    if (lane.override !== null) this.model(lane.override.model, place('assigned').source, lane, ownLane);
    const { environmentTarget } = lane;
    if (environmentTarget !== null) this.#withFallbacks(environmentTarget, place('preferred'));
    for (const id of lane.preferred) {
      const model = findModel(id, this.#snapshot);
      if (model !== null)
        this.#withFallbacks(model, place('preferred'), unmetRequirement(model, lane.requirements));
    }
    const { requirements } = lane;
    const best = bestLocal(this.#snapshot.models.values(), requirements, this.#taken, this.#residency);
    if (best !== null) this.#withFallbacks(best.model, place('scored'));
    // A requested lane shows its cloud targets even where they are excluded; a borrowed lane respects its own setting.
    if (ownLane || lane.cloud !== false) {
      for (const id of lane.cloudFallback) this.model(id, place('cloud_fallback').source, lane, ownLane);
    }
    const own = lane.override ?? environmentTarget ?? best;
    if (ownLane && own === null && lane.preferred.length + lane.cloudFallback.length === 0) {
      this.emptyLane = lane.name;
    }
  }

  defaultLane(): void {
    const lane = this.#snapshot.lanes.get(this.#snapshot.defaultLane);
    if (lane !== undefined && !this.#lanes.has(lane.name)) this.lane(lane, false);
  }

  #add(target: ModelEntry, place: LinkPlace, unmet: string | null = null): void {
    if (this.#taken.has(target.id)) return;
    if (unmet === null) {
      this.#taken.add(target.id);
      this.#dropUnmet(target.id);
    } else if (this.links.some((link) => link.target.id === target.id)) return;
    const { lane } = place;
    const residency = this.#residency.get(target.id);
    this.links.push({
      target,
      ...place,
      score: lane === null ? null : score(target, lane.requirements, residency),
      unmet,
      ...(residency === undefined ? {} : { residency }),
    });
  }

  /** The requirements of one lane do not keep a model out of the next one's chain. */
  #dropUnmet(id: string): void {
    const index = this.links.findIndex(({ target }) => target.id === id);
    if (index >= 0) this.links.splice(index, 1);
  }
}
