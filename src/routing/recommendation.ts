import type { Kind } from '../protocol/capabilities.ts';
import { isLocal } from './eligible.ts';
import { blendedPrice } from './price.ts';
import type { ModelEntry } from './snapshot.ts';

/** Fewer attempts than this say nothing about a model. */
export const NEEDED_ATTEMPTS = 20;

/** A model with what the ledger knows of it. */
export interface MeasuredModel {
  readonly model: ModelEntry;
  /** Those that say something about the model: its answers and its own failures. */
  readonly attempts: number;
  /** Failures among them. */
  readonly failures: number;
  /** Milliseconds of whole requests; null: none was answered. */
  readonly p50Ms: number | null;
}

/** What is compared. */
export interface Comparison {
  readonly kind: Kind;
  /** The present model; null: there is none. */
  readonly current: MeasuredModel | null;
  /** Other available models of the kind that meet the requirements. */
  readonly others: readonly MeasuredModel[];
  /** The days that were measured. */
  readonly days: number;
}

/** A better model, with the reason; `model` null: none, and why. */
export interface Recommendation {
  readonly model: MeasuredModel | null;
  readonly reason: string;
}

/** Recommends a model that is clearly better in time, errors or price than the present one, and clearly worse in none. */
export function recommend({ kind, current, others, days }: Comparison): Recommendation {
  const none = (reason: string): Recommendation => ({ model: null, reason });
  if (current === null) return none('there is no target now');
  if (kind === 'embeddings')
    return none('vectors of different models cannot be compared, so no other model is recommended');
  if (!isMeasured(current)) return none(`${tooFew(current, days)}; at least ${NEEDED_ATTEMPTS} are needed`);
  const able = others.filter(({ model }) => keepsAbilities(current.model, model));
  if (able.length === 0) return none(`no other available model can do what ${current.model.id} does`);
  const measured = able.filter(isMeasured);
  if (measured.length === 0) {
    const names = able.slice(0, NAMED_MAX).map((other) => tooFew(other, days));
    return none(`no other model has ${NEEDED_ATTEMPTS} requests: ${names.join('; ')}`);
  }
  const better = measured.filter((other) => isBetter(current, other));
  const [best] = better.sort((one, other) => gain(current, other) - gain(current, one));
  const [first] = measured;
  if (best === undefined)
    return none(
      `no measured model is clearly better than ${current.model.id}` +
        (first === undefined ? '' : `; ${first.model.id}: ${inWords(current, first)}`),
    );
  const basis = `from ${best.attempts} and ${current.attempts} requests of the last ${days} days`;
  return {
    model: best,
    reason: `${best.model.id} instead of ${current.model.id}: ${inWords(current, best)}, same capabilities (${basis})`,
  };
}

/** The share of failures, 0 to 1; null without an attempt. */
export function errorRate({ attempts, failures }: MeasuredModel): number | null {
  return attempts === 0 ? null : failures / attempts;
}

/** US dollars for a million tokens of a usual mixture: 0 for a local model without a price; null: unknown. */
export function dollars(model: ModelEntry): number | null {
  if (model.price !== undefined) return blendedPrice(model.price);
  return isLocal(model) ? 0 : null;
}

/** Models named in a reason. */
const NAMED_MAX = 3;

/** By how much one is clearly better: a fifth less time or money, one percentage point fewer errors. */
const BETTER = { ratio: 0.8, rate: 0.01 } as const;

/** And clearly worse: a tenth more, half a percentage point. */
const WORSE = { ratio: 1.1, rate: 0.005 } as const;

/** Strengths are estimates: a smaller difference means nothing. */
const STRENGTH_TOLERANCE = 0.1;

const ABILITIES = [
  'supports_tools',
  'supports_vision',
  'supports_json_schema',
  'supports_reasoning',
] as const;
const STRENGTHS = ['reasoning_strength', 'coding_strength', 'creativity', 'multilingual_score'] as const;

function isMeasured({ attempts, p50Ms }: MeasuredModel): boolean {
  return attempts >= NEEDED_ATTEMPTS && p50Ms !== null;
}

function tooFew({ model, attempts, p50Ms }: MeasuredModel, days: number): string {
  const answered = attempts > 0 && p50Ms === null ? ', none of them answered' : '';
  return `${model.id} had ${attempts} requests in the last ${days} days${answered}`;
}

/** Is everything that the present model is known to do at least not known to be missing? */
function keepsAbilities({ capabilities: present }: ModelEntry, { capabilities: other }: ModelEntry): boolean {
  if (ABILITIES.some((key) => present[key] === true && other[key] === false)) return false;
  if (STRENGTHS.some((key) => (other[key] ?? Infinity) < (present[key] ?? 0) - STRENGTH_TOLERANCE))
    return false;
  return (other.context_length ?? Infinity) >= (present.context_length ?? 0);
}

function isBetter(current: MeasuredModel, other: MeasuredModel): boolean {
  const time = ratio(other.p50Ms, current.p50Ms);
  const money = ratio(dollars(other.model), dollars(current.model));
  const rate = (errorRate(other) ?? 0) - (errorRate(current) ?? 0);
  if (time > WORSE.ratio || money > WORSE.ratio || rate > WORSE.rate) return false;
  return time <= BETTER.ratio || money <= BETTER.ratio || rate <= -BETTER.rate;
}

/** 1 where one of them is unknown: then they are not compared in this. */
function ratio(value: number | null, to: number | null): number {
  if (value === null || to === null) return 1;
  if (to === 0) return value === 0 ? 1 : Infinity;
  return value / to;
}

/** Orders candidates: a tenfold speed counts as much as ten percentage points of errors, money half of that. */
function gain(current: MeasuredModel, other: MeasuredModel): number {
  const smallest = 0.01;
  const time = -Math.log10(Math.max(ratio(other.p50Ms, current.p50Ms), smallest));
  const money = -Math.log10(Math.max(ratio(dollars(other.model), dollars(current.model)), smallest));
  const rate = (errorRate(current) ?? 0) - (errorRate(other) ?? 0);
  return time + 10 * rate + money / 2;
}

/** The comparison in words: `p50 410 ms against 1,630 ms, 0.2 % errors against 3 %`. */
function inWords(current: MeasuredModel, other: MeasuredModel): string {
  const parts = [
    `p50 ${milliseconds(other.p50Ms)} against ${milliseconds(current.p50Ms)}`,
    `${percent(other)} errors against ${percent(current)}`,
  ];
  const [price, before] = [dollars(other.model), dollars(current.model)];
  if (price !== null && before !== null && price !== before)
    parts.push(`${price.toFixed(2)} $ against ${before.toFixed(2)} $ for a million tokens`);
  return parts.join(', ');
}

function milliseconds(value: number | null): string {
  return `${Math.round(value ?? 0).toLocaleString('en-US')} ms`;
}

function percent(of: MeasuredModel): string {
  return `${Math.round((errorRate(of) ?? 0) * 1000) / 10} %`;
}
