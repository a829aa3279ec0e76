import { wordsOfName } from './property-names.ts';

/** Larger than any process id of Linux, where 0 and -1 mean many processes. */
const NO_PROCESS = 2_147_483_647;

/** 1, but nothing for amounts, and no process that exists. */
function preferred(name: string): number {
  const words = wordsOfName(name);
  if (words.includes('pid') || words.join(' ') === 'process id') return NO_PROCESS;
  return words.some((word) => /^(?:amount|price|cost|budget|payment|quantity|qty)s?$/.test(word)) ? 0 : 1;
}

/**
 * A number that is valid for a schema: 1, 0 for amounts, or the nearest within the limits; the items of a list count up.
 * `name` is that of its property.
 */
export function inertNumber(schema: Readonly<Record<string, unknown>>, name: string, nth: number): number {
  const step = numeric(schema.multipleOf) ?? 1;
  const whole = schema.type === 'integer' || schema.multipleOf !== undefined;
  const above = numeric(schema.exclusiveMinimum);
  const below = numeric(schema.exclusiveMaximum);
  const least = above === null ? (numeric(schema.minimum) ?? -Infinity) : above + (whole ? step : step / 2);
  const most = below === null ? (numeric(schema.maximum) ?? Infinity) : below - (whole ? step : step / 2);
  if (!whole && least > most) return ((above ?? least) + (below ?? most)) / 2;
  const first = Math.max(Math.min(preferred(name), most), least);
  if (!whole) return Math.min(first + nth * step, most);
  const nearest = Math.ceil(first / step) * step;
  return countFrom(nearest > most ? Math.floor(most / step) * step : nearest, nth, { least, most, step });
}

/** `start` plus `nth` steps, wrapping around from the maximum to the minimum. */
function countFrom(
  start: number,
  nth: number,
  { least, most, step }: { readonly least: number; readonly most: number; readonly step: number },
): number {
  const up = start + nth * step;
  if (up <= most) return up;
  if (least === -Infinity) return start - nth * step;
  const lowest = Math.ceil(least / step) * step;
  const places = Math.max(1, Math.floor((most - lowest) / step) + 1);
  return lowest + (((start - lowest) / step + nth) % places) * step;
}

/** A number; null otherwise. */
export function numeric(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
