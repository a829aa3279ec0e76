import { SPEEDS, type Kind, type Speed } from '../../protocol/capabilities.ts';

/**
 * What counts in a model: `strong`: it reasons well; `quick`: it calls tools and answers fast; `vectors`: it makes
 * embeddings.
 */
export type Aim = 'strong' | 'quick' | 'vectors';

/** A model that can be used now, with what is known of it; null: unknown. */
export interface Candidate {
  /** Full model id. */
  readonly id: string;
  readonly kind: Kind;
  readonly speed: Speed | null;
  readonly supportsTools: boolean | null;
  /** `reasoning_strength`, 0 to 1. */
  readonly strength: number | null;
  readonly parameters: number | null;
  /** US dollars for a million tokens of a usual mixture. */
  readonly price: number | null;
  /** Its vendor has ended it, or will have by now. */
  readonly isRetired: boolean;
}

/** What a model is wanted for. */
export interface Wish {
  readonly aim: Aim;
  /** The model that the configuration assigns; null: it assigns a lane. */
  readonly configured: string | null;
  /** The configured fallbacks of the node and of that model, best first. */
  readonly successors: readonly string[];
  /** The model that an earlier run has set; null: none, or it is to be chosen again. */
  readonly earlier: string | null;
  /** The lane for such work, with its models, best first; null: there is none. */
  readonly lane: { readonly name: string; readonly models: readonly string[] } | null;
}

/** A model with the reason for it, in a few words. */
export interface Choice {
  readonly id: string;
  readonly why: string;
}

/**
 * Ranks the models that suit a wish, best first: the configured model, its successors, that of an earlier run, so that
 * runs do not differ by what else a server lists, then the others by what is known of them. Models that their vendor has ended come last, unless they are configured.
 */
export function rankModels(candidates: readonly Candidate[], wish: Wish): Choice[] {
  return candidates
    .filter((model) => isSuitable(model, wish.aim))
    .map((model) => placed(model, wish))
    .sort((one, other) => order(one, other, wish.aim))
    .map(({ model, why }) => ({ id: model.id, why }));
}

/** Below this a model is too weak to call tools reliably: about four billion parameters. */
const ENOUGH = 0.4;

/** Of a model whose strength and size are unknown. */
const UNKNOWN_STRENGTH = 0.5;

/** In place of an unknown speed class: `medium`. */
const UNKNOWN_SPEED = SPEEDS.indexOf('medium');

interface Placed {
  readonly model: Candidate;
  /** The lowest is the best. */
  readonly tier: number;
  /** Its place among the successors or in the lane; Infinity: it is in neither. */
  readonly place: number;
  readonly why: string;
}

function isSuitable({ kind, supportsTools }: Candidate, aim: Aim): boolean {
  if (kind !== (aim === 'vectors' ? 'embeddings' : 'chat')) return false;
  return aim !== 'quick' || supportsTools !== false;
}

const WHY = {
  strong: 'strongest reasoning',
  quick: 'quickest with tools',
  vectors: 'serves embeddings',
} as const;

function placed(model: Candidate, { aim, configured, successors, earlier, lane }: Wish): Placed {
  const { id, isRetired } = model;
  if (id === configured) return { model, tier: 0, place: 0, why: 'the configured model' };
  const place = placeIn(lane?.models ?? [], id);
  if (isRetired) return { model, tier: 4, place, why: 'no other, but retired' };
  const successor = placeIn(successors, id);
  if (successor < Infinity) return { model, tier: 1, place: successor, why: 'its successor' };
  if (id === earlier) return { model, tier: 2, place, why: 'set by an earlier run' };
  const isOfLane = aim === 'strong' && lane !== null && place < Infinity;
  return { model, tier: 3, place, why: isOfLane ? `in lane:${lane.name}` : WHY[aim] };
}

function placeIn(ids: readonly string[], id: string): number {
  const index = ids.indexOf(id);
  return index < 0 ? Infinity : index;
}

function order(one: Placed, other: Placed, aim: Aim): number {
  if (one.tier !== other.tier) return one.tier - other.tier;
  for (const cost of one.tier === 1 ? [placeOf] : COSTS[aim]) {
    const [first, second] = [cost(one), cost(other)];
    if (first !== second) return first < second ? -1 : 1;
  }
  // So that the order never depends on which list was read first.
  return one.model.id < other.model.id ? -1 : 1;
}

/**
 * What is compared one after the other, for each aim; lower is better. For strength the order of a lane comes before
 * strengths that are known of a few models only; for speed a known speed class comes before the order of a lane.
 */
const COSTS: Readonly<Record<Aim, readonly ((placed: Placed) => number)[]>> = {
  strong: [placeOf, withoutTools, weakness, priceOf, slowness, slownessBySize],
  quick: [withoutTools, tooWeak, slowness, placeOf, priceOf, slownessBySize, weakness],
  vectors: [priceOf],
};

function placeOf({ place }: Placed): number {
  return place;
}

function withoutTools({ model: { supportsTools } }: Placed): number {
  return supportsTools === true ? 0 : supportsTools === null ? 1 : 2;
}

function priceOf({ model: { price } }: Placed): number {
  return price ?? Infinity;
}

function tooWeak({ model }: Placed): number {
  return strengthOf(model) < ENOUGH ? 1 : 0;
}

function weakness({ model }: Placed): number {
  return -strengthOf(model);
}

/** The known strength, else an estimate from its size: 0.25 for a billion parameters, 0.5 for ten, 0.75 for a hundred. */
function strengthOf({ strength, parameters }: Candidate): number {
  if (strength !== null) return strength;
  if (parameters === null) return UNKNOWN_STRENGTH;
  return Math.min(Math.max(0.25 + 0.25 * Math.log10(parameters / 1e9), 0), 1);
}

function slowness({ model: { speed } }: Placed): number {
  return speed === null ? UNKNOWN_SPEED : SPEEDS.indexOf(speed);
}

function slownessBySize({ model: { parameters } }: Placed): number {
  return parameters ?? Infinity;
}
