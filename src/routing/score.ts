import { SPEEDS } from '../protocol/capabilities.ts';
import { isLocal } from './eligible.ts';
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
  const known = model.capabilities;
  for (const key of STRENGTHS) {
    if (below(known[key], requirements[key])) return false;
  }
  if (below(known.context_length, requirements.context_length_min)) return false;
  if (below(requirements.memory_gb_max, known.memory_gb_estimate)) return false;
  return ABILITIES.every((key) => requirements[key] !== true || known[key] !== false);
}

function below(value: number | undefined, bound: number | undefined): boolean {
  return value !== undefined && bound !== undefined && value < bound;
}

/**
 * The cost of a model that must be loaded first: 0.01 per second, with ten seconds assumed. Without it the choice would
 * move between similar models, each load evicting the last one.
 */
const SWAP_COST = 0.1;

/**
 * How far a model exceeds the requirements, minus the cost of loading it. Strengths count by weight; the context length
 * counts per doubling above the requirement, so that length alone never beats ability. Unknown capabilities add nothing.
 */
export function score(model: ModelEntry, requirements: Requirements): number {
  let total = 0;
  for (const key of STRENGTHS) {
    const value = model.capabilities[key];
    if (value !== undefined) total += WEIGHTS[key] * (value - (requirements[key] ?? 0));
  }
  const window = model.capabilities.context_length;
  if (window !== undefined && window > 0) {
    total += 0.02 * Math.log2(window / Math.max(requirements.context_length_min ?? 4096, 1));
  }
  if (model.status === 'unloaded') total -= SWAP_COST;
  return Math.round(total * 1000) / 1000;
}

/** The best local chat model that is not in `taken`; null when none qualifies. */
export function bestLocal(
  models: Iterable<ModelEntry>,
  requirements: Requirements,
  taken: ReadonlySet<string>,
): { readonly model: ModelEntry; readonly score: number } | null {
  let best: { model: ModelEntry; score: number } | null = null;
  for (const model of models) {
    if (!isLocal(model) || model.inList !== true || model.kind !== 'chat' || taken.has(model.id)) continue;
    if (!meets(model, requirements)) continue;
    const candidate = { model, score: score(model, requirements) };
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
