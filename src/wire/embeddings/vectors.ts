import type { Usage } from '../../protocol/usage.ts';
import type { WantedVectors } from '../codec.ts';
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

/** How many numbers a base64 text of so many characters holds, its padding not counted; null: no whole ones. */
export function numbersIn(characters: number): number | null {
  const bytes = Math.floor((characters * 3) / 4);
  return characters % 4 === 1 || bytes % BYTES_PER_NUMBER !== 0 ? null : bytes / BYTES_PER_NUMBER;
}

/** Reads such base64. Throws a `WireFault` `malformed` where it holds no whole numbers. */
function fromBase64(text: string): readonly number[] {
  const bare = text.replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]+$/.test(bare) || numbersIn(bare.length) === null) throw noVector();
  const bytes = Buffer.from(bare, 'base64');
  return Array.from({ length: bytes.length / BYTES_PER_NUMBER }, (_, place) =>
    bytes.readFloatLE(place * BYTES_PER_NUMBER),
  );
}

/** A vector in either of its spellings. Throws a `WireFault` `malformed` where it is none. */
export function readVector(value: unknown): readonly number[] {
  const vector = typeof value === 'string' ? fromBase64(value) : value;
  // JSON has no word for the others.
  if (Array.isArray(vector) && vector.every((number) => Number.isFinite(number))) return vector as number[];
  throw noVector();
}

/** For a vector of a reply that is none. */
export function noVector(): WireFault {
  return new WireFault('malformed', 'the reply holds a vector that is none');
}

/** The usage of embeddings, whose output is no tokens; null where nobody has counted. */
export function vectorUsage(inputTokens: number | null): Usage | null {
  if (inputTokens === null) return null;
  return { inputTokens, outputTokens: 0, cachedInputTokens: null, reasoningTokens: null };
}

/**
 * Checks the vectors of a reply one by one: as many as there were inputs, all of one size. Some servers leave `dimensions`
 * unheeded (llama-server): vectors of another size than was asked for are no answer, and cutting them here would spoil
 * them for most models (wire case 173).
 */
export class VectorCheck {
  readonly #wanted: WantedVectors;
  #count = 0;
  /** Of the first one. */
  #size = 0;

  constructor(wanted: WantedVectors) {
    this.#wanted = wanted;
  }

  /** Takes the size of the next one. Throws a `WireFault`: `malformed`, or `ignored` for `dimensions`. */
  take(size: number): void {
    this.#count += 1;
    if (this.#count === 1) this.#size = size;
    if (size === 0 || size !== this.#size) {
      throw new WireFault('malformed', `the reply holds vectors of ${this.#size} and of ${size} numbers`);
    }
    const { dimensions } = this.#wanted;
    if (dimensions === null || size === dimensions) return;
    const message = `'dimensions': vectors of ${size} numbers came, though ${dimensions} were asked for`;
    throw new WireFault('ignored', message);
  }

  /** Throws a `WireFault` `malformed` where there are more or fewer than inputs. */
  end(): void {
    const { count } = this.#wanted;
    if (this.#count === count) return;
    throw new WireFault('malformed', `the reply holds ${this.#count} vectors for ${count} inputs`);
  }
}
