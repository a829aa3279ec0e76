import { SPEEDS } from '../protocol/capabilities.ts';
import { isLocal } from './eligible.ts';
import { blendedPrice } from './price.ts';
import type { ModelResidency, ResidencyMap } from './residency.ts';
import type { ModelEntry, Requirements } from './snapshot.ts';

const STRENGTHS = ['reasoning_strength', 'coding_strength', 'creativity', 'multilingual_score'] as const;
const WEIGHTS = {
  reasoning_strength: 1,
  coding_strength: 1,
  creativity: 0.5,
  multilingual_score: 0.5,
} as const;
const ABILITIES = ['supports_tools', 'supports_vision', 'supports_json_schema'] as const;

/** Does a model meet a lane's requirements? Unknown capabilities never disqualify. */
export function meets(model: ModelEntry, requirements: Requirements): boolean {
  return unmetRequirement(model, requirements) === null;
}

/** The first requirement that a model is known not to meet, as one phrase; null when it meets all of them. */
export function unmetRequirement({ capabilities }: ModelEntry, requirements: Requirements): string | null {
  for (const key of STRENGTHS) {
    if (below(capabilities[key], requirements[key]))
      return `${key} ${capabilities[key] ?? 0} is below ${requirements[key] ?? 0}, which the lane requires`;
  }
  const { context_length_min: window, memory_gb_max: memory } = requirements;
  if (below(capabilities.context_length, window))
    return `context of ${capabilities.context_length ?? 0} tokens is below ${window ?? 0}, which the lane requires`;
  if (below(memory, capabilities.memory_gb_estimate))
    return `takes ${capabilities.memory_gb_estimate ?? 0} GB of memory, more than ${memory ?? 0} GB, which the lane allows`;
  const missing = ABILITIES.find((key) => requirements[key] === true && capabilities[key] === false);
  return missing === undefined ? null : `lacks ${missing}, which the lane requires`;
}

function below(value: number | undefined, bound: number | undefined): boolean {
  return value !== undefined && bound !== undefined && value < bound;
}

/**
 * The cost of each second for which a model must be loaded first. Without it the choice would move between similar
 * models, each load evicting the last one.
 */
const LOAD_SECOND_COST = 0.01;

/** What a load is assumed to take, in seconds, on a server whose models Laneway does not load. */
const ASSUMED_LOAD_S = 10;

/** Less memory is free than recommended: the model will be slow, and other programs with it. */
const TIGHT_MEMORY_COST = 0.2;

/** The cost of one US dollar per million tokens. */
const DOLLAR_COST = 0.01;

/** The parts of a score, which add up to it; costs are negative. */
export interface ScoreParts {
  /**
   * How far the model exceeds the requirements. Strengths count by weight; the context length counts per doubling above
   * the requirement, so that length alone never beats ability. Unknown capabilities add nothing.
   */
  readonly aboveRequirements: number;
  /** It must be loaded first. */
  readonly swapCost: number;
  /** Less memory is free than recommended for it. */
  readonly memory: number;
  readonly price: number;
}

/** Scores a model for a lane's requirements. `residency`: absent for a model that Laneway does not load. */
export function scoreParts(
  model: ModelEntry,
  requirements: Requirements,
  residency: ModelResidency | undefined,
): ScoreParts {
  const price = model.price === undefined ? null : blendedPrice(model.price);
  return {
    aboveRequirements: aboveRequirements(model, requirements),
    swapCost: -LOAD_SECOND_COST * secondsToLoad(model, residency),
    memory: model.memoryShortage?.kind === 'recommended' ? -TIGHT_MEMORY_COST : 0,
    price: price === null ? 0 : -DOLLAR_COST * price,
  };
}

/** A list may be older than the last load; where Laneway loads the model, it knows better. */
function secondsToLoad({ status }: ModelEntry, residency: ModelResidency | undefined): number {
  if (residency === undefined) return status === 'unloaded' ? ASSUMED_LOAD_S : 0;
  return residency.resident ? 0 : residency.loadMs / 1000;
}

/** The sum of the parts, to three decimals. */
export function score(
  model: ModelEntry,
  requirements: Requirements,
  residency: ModelResidency | undefined,
): number {
  const { aboveRequirements: above, swapCost, memory, price } = scoreParts(model, requirements, residency);
  return rounded(above + swapCost + memory + price);
}

/** A score or a part of one to three decimals. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000 + 0;
}

function aboveRequirements(model: ModelEntry, requirements: Requirements): number {
  let total = 0;
  for (const key of STRENGTHS) {
    const value = model.capabilities[key];
    if (value !== undefined) total += WEIGHTS[key] * (value - (requirements[key] ?? 0));
  }
  const window = model.capabilities.context_length;
  if (window !== undefined && window > 0) {
    total += 0.02 * Math.log2(window / Math.max(requirements.context_length_min ?? 4096, 1));
  }
  return total;
}

/** The best local chat model that is not in `taken` and fits into the free memory; null when none qualifies. */
export function bestLocal(
  models: Iterable<ModelEntry>,
  requirements: Requirements,
  taken: ReadonlySet<string>,
  residency: ResidencyMap,
): { readonly model: ModelEntry; readonly score: number } | null {
  let best: { model: ModelEntry; score: number } | null = null;
  for (const model of models) {
    if (!isLocal(model) || model.inList !== true || model.kind !== 'chat' || taken.has(model.id)) continue;
    if (model.memoryShortage?.kind === 'min' || !meets(model, requirements)) continue;
    const candidate = { model, score: score(model, requirements, residency.get(model.id)) };
    if (best === null || isBetter(candidate, best)) best = candidate;
  }
  return best;
}

interface Scored {
  readonly model: ModelEntry;
  readonly score: number;
}

/** By score, then speed, then id, so that the order never depends on which list was read first. */
function isBetter(candidate: Scored, best: Scored): boolean {
  if (candidate.score !== best.score) return candidate.score > best.score;
  const speeds = speedRank(candidate.model) - speedRank(best.model);
  if (speeds !== 0) return speeds < 0;
  return candidate.model.id < best.model.id;
}

function speedRank(model: ModelEntry): number {
  return model.speed === null ? SPEEDS.length : SPEEDS.indexOf(model.speed);
}
