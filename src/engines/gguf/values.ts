import type { ByteReader } from './byte-reader.ts';
import { GgufFault } from './fault.ts';

/** A value of a key that is kept. */
export type GgufValue = number | boolean | string | readonly number[];

/** Types of values (ggml, docs/gguf.md). */
const BOOL = 7;
const STRING = 8;
const ARRAY = 9;

/** Size in bytes by type; null: not fixed. */
const SIZES = [1, 1, 2, 2, 4, 4, 4, 1, null, null, 8, 8, 8] as const;

/** Longer arrays are skipped: those that are read have an entry for each layer. */
export const ARRAY_MAX = 1024;

/** No known file nests arrays at all. */
const NESTING_MAX = 4;

/**
 * Reads the value of a key; null: it was skipped, because it is an array of texts, or longer than `textMax` bytes or
 * `ARRAY_MAX` elements. `lengthOf` gets the number of elements of an array. Throws a `GgufFault`.
 */
export function readValue(
  reader: ByteReader,
  what: string,
  textMax: number,
  lengthOf?: (elements: number) => void,
): GgufValue | null {
  const type = readType(reader, what);
  if (type === STRING) return readText(reader, what, textMax);
  if (type !== ARRAY) return readScalar(reader, type, what);
  const elementType = readType(reader, what);
  const length = reader.u64(what);
  lengthOf?.(length);
  if (elementType === STRING || elementType === ARRAY || length > ARRAY_MAX) {
    skipElements(reader, elementType, length, what, 1);
    return null;
  }
  const values: number[] = [];
  for (let index = 0; index < length; index++) values.push(Number(readScalar(reader, elementType, what)));
  return values;
}

/** Skips the value of a key. Throws a `GgufFault`. */
export function skipValue(reader: ByteReader, what: string): void {
  skipElements(reader, readType(reader, what), 1, what, 0);
}

/** Reads a text with its length before it; null, and skipped, where it is longer than `max` bytes. */
export function readText(reader: ByteReader, what: string, max: number): string | null {
  const length = reader.u64(`the length of ${what}`);
  if (length <= max) return reader.text(length, what);
  reader.skip(length, what);
  return null;
}

function readType(reader: ByteReader, what: string): number {
  const type = reader.u32(`the type of ${what}`);
  if (type >= SIZES.length) throw new GgufFault('invalid', `${what} has the unknown type ${type}`);
  return type;
}

function skipElements(reader: ByteReader, type: number, count: number, what: string, nesting: number): void {
  const size = SIZES[type] ?? null;
  if (size !== null) {
    reader.skip(count * size, what);
    return;
  }
  if (nesting > NESTING_MAX) throw new GgufFault('invalid', `${what} has arrays nested too deep`);
  // Each takes at least 8 bytes, so a count that cannot be true fails before the loop; the loop is bounded by the header.
  if (count * 8 > reader.size) {
    throw new GgufFault('truncated', `${what} claims ${count} elements, more than the file can hold`);
  }
  for (let index = 0; index < count; index++) {
    if (type === STRING) {
      reader.skip(reader.u64(`the length of ${what}`), what);
    } else {
      const elementType = readType(reader, what);
      skipElements(reader, elementType, reader.u64(what), what, nesting + 1);
    }
  }
}

function readScalar(reader: ByteReader, type: number, what: string): number | boolean {
  switch (type) {
    case 0:
      return reader.u8(what);
    case 1:
      return reader.i8(what);
    case 2:
      return reader.u16(what);
    case 3:
      return reader.i16(what);
    case 4:
      return reader.u32(what);
    case 5:
      return reader.i32(what);
    case 6:
      return reader.f32(what);
    case BOOL:
      return reader.u8(what) !== 0;
    case 10:
      return reader.u64(what);
    case 11:
      return reader.i64(what);
    default:
      return reader.f64(what);
  }
}
