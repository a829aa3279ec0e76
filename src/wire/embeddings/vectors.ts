import type { Usage } from '../../protocol/usage.ts';
import { WireFault } from '../fault.ts';

const BYTES_PER_NUMBER = 4;

/** A vector as base64 of little-endian single-precision numbers (wire case 172); exact for numbers that are such. */
export function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * BYTES_PER_NUMBER);
  for (const [place, number] of vector.entries()) bytes.writeFloatLE(number, place * BYTES_PER_NUMBER);
  return bytes.toString('base64');
}

/** A vector as JSON numbers. `JSON.stringify` would take the sign of a negative zero away. */
export function toNumbers(vector: readonly number[]): string {
  return `[${vector.map((number) => (Object.is(number, -0) ? '-0' : String(number))).join(',')}]`;
}

/** Reads such base64. Throws a `WireFault` `malformed` where it holds no whole numbers. */
export function fromBase64(text: string): readonly number[] {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % BYTES_PER_NUMBER !== 0) throw new WireFault('malformed', 'a vector in base64 is cut');
  return Array.from({ length: bytes.length / BYTES_PER_NUMBER }, (_, place) =>
    bytes.readFloatLE(place * BYTES_PER_NUMBER),
  );
}

/** A vector in either of its spellings. Throws a `WireFault` `malformed` where it is none. */
export function readVector(value: unknown): readonly number[] {
  if (typeof value === 'string') return fromBase64(value);
  if (Array.isArray(value) && value.every((number) => typeof number === 'number')) return value;
  throw new WireFault('malformed', 'the reply holds a vector that is none');
}

/** The usage of embeddings, whose output is no tokens; null where nobody has counted. */
export function vectorUsage(inputTokens: number | null): Usage | null {
  if (inputTokens === null) return null;
  return { inputTokens, outputTokens: 0, cachedInputTokens: null, reasoningTokens: null };
}

/**
 * Some servers leave `dimensions` unheeded (llama-server): vectors of another size than was asked for are no answer, and
 * cutting them here would spoil them for most models (wire case 173). Throws a `WireFault` `ignored`.
 */
export function checkDimensions(length: number, asked: number | null): void {
  if (asked === null || length === asked) return;
  const message = `'dimensions': vectors of ${length} numbers came, though ${asked} were asked for`;
  throw new WireFault('ignored', message);
}
