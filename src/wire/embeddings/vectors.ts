import type { Usage } from '../../protocol/usage.ts';
import type { ExpectedVectors } from '../codec.ts';
import { WireFault } from '../fault.ts';

const BYTES_PER_NUMBER = 4;

/**
 * Encodes a vector as base64 of little-endian single-precision numbers (wire case 172); exact for single-precision
 * values.
 */
export function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * BYTES_PER_NUMBER);
  for (const [index, number] of vector.entries()) bytes.writeFloatLE(number, index * BYTES_PER_NUMBER);
  return bytes.toString('base64');
}

/** Writes a vector as JSON numbers. `JSON.stringify` would lose the sign of a negative zero. */
export function toNumbers(vector: readonly number[]): string {
  return `[${vector.map((number) => (Object.is(number, -0) ? '-0' : String(number))).join(',')}]`;
}

/** Number of values in a base64 text of this length without its padding; null if not an integer. */
export function vectorLength(characters: number): number | null {
  const bytes = Math.floor((characters * 3) / 4);
  return characters % 4 === 1 || bytes % BYTES_PER_NUMBER !== 0 ? null : bytes / BYTES_PER_NUMBER;
}

/** Decodes a vector from base64. Throws a `WireFault` `malformed` when it is invalid. */
function fromBase64(text: string): readonly number[] {
  const bare = text.replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]+$/.test(bare) || vectorLength(bare.length) === null) throw invalidVector();
  const bytes = Buffer.from(bare, 'base64');
  return Array.from({ length: bytes.length / BYTES_PER_NUMBER }, (_, index) =>
    bytes.readFloatLE(index * BYTES_PER_NUMBER),
  );
}

/** Reads a vector in either encoding. Throws a `WireFault` `malformed` when it is invalid. */
export function readVector(value: unknown): readonly number[] {
  const vector = typeof value === 'string' ? fromBase64(value) : value;
  // JSON has no infinities or NaN; base64 may hold them.
  if (Array.isArray(vector) && vector.every((number) => Number.isFinite(number))) return vector as number[];
  throw invalidVector();
}

/** The fault for an invalid vector in a reply. */
export function invalidVector(): WireFault {
  return new WireFault('malformed', 'the reply has an invalid vector');
}

/** The usage of embeddings, which have no output tokens; null when the upstream reported no count. */
export function vectorUsage(inputTokens: number | null): Usage | null {
  if (inputTokens === null) return null;
  return { inputTokens, outputTokens: 0, cachedInputTokens: null, reasoningTokens: null };
}

/** The usage of embeddings whose upstream reported no count. */
export function estimatedVectorUsage(inputTokens: number): Usage {
  return { inputTokens, outputTokens: 0, cachedInputTokens: null, reasoningTokens: null, estimated: true };
}

/**
 * Checks the vectors of a reply one by one: as many as inputs, all of one size. Some servers ignore `dimensions`
 * (llama-server): vectors of another size than requested are rejected, since truncating them here would ruin them for
 * most models (wire case 173).
 */
export class VectorCheck {
  readonly #wanted: ExpectedVectors;
  #count = 0;
  /** Of the first vector. */
  #size = 0;

  constructor(wanted: ExpectedVectors) {
    this.#wanted = wanted;
  }

  /** Takes the size of the next vector. Throws a `WireFault`: `malformed`, or `ignored` for `dimensions`. */
  take(size: number): void {
    this.#count += 1;
    if (this.#count === 1) this.#size = size;
    if (size === 0 || size !== this.#size) {
      throw new WireFault('malformed', `the reply has vectors of ${this.#size} and of ${size} numbers`);
    }
    const { dimensions } = this.#wanted;
    if (dimensions === null || size === dimensions) return;
    const message = `'dimensions': vectors of ${size} numbers instead of ${dimensions}`;
    throw new WireFault('ignored', message);
  }

  /** Throws a `WireFault` `malformed` when there are more or fewer vectors than inputs. */
  end(): void {
    const { count } = this.#wanted;
    if (this.#count === count) return;
    throw new WireFault('malformed', `the reply has ${this.#count} vectors for ${count} inputs`);
  }
}
