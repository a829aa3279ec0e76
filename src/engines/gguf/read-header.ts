import { ByteReader } from './byte-reader.ts';
import { GgufFault } from './fault.ts';
import { CHAT_TEMPLATE, isWantedKey } from './keys.ts';
import { TensorSummary, type Tensors } from './tensors.ts';
import { readText, readValue, skipValue, type GgufValue } from './values.ts';

/** Files have about 50 keys and at most a few thousand tensors. */
const KEYS_MAX = 65_536;
const TENSORS_MAX = 65_536;

/** The format allows 65,535 bytes. */
const NAME_MAX_BYTES = 65_535;

/** Longer values are skipped: a chat template may have 100 KB, everything else is a name. */
const TEMPLATE_MAX_BYTES = 1024 * 1024;
const TEXT_MAX_BYTES = 4096;

/** Far more than a file has; a file with more has the same ones for many architectures. */
const KEPT_MAX = 256;

/** Names in faults and of keys that are kept are shorter. */
const SHOWN_MAX = 80;

/** The keys that are used, and what the tensors add up to, of one file. */
export interface GgufHeader {
  readonly version: number;
  readonly bigEndian: boolean;
  readonly keys: ReadonlyMap<string, GgufValue>;
  /** Entries of `tokenizer.ggml.tokens`; null: there are none. */
  readonly vocabulary: number | null;
  readonly tensors: Tensors;
}

/**
 * Reads the header of a GGUF file, version 2 or 3, of either byte order (ggml, docs/gguf.md). Treats the file as hostile:
 * each length is checked before it is used, arrays are skipped except short numeric ones, and memory and time are
 * bounded. Throws a `GgufFault` and nothing else.
 */
export function readHeader(path: string): GgufHeader {
  return ByteReader.use(path, (reader) => {
    if (reader.size === 0) throw new GgufFault('truncated', 'is empty');
    if (reader.size < 4 || reader.text(4, 'the magic number') !== 'GGUF')
      throw new GgufFault('not_gguf', 'is not a GGUF file: it does not begin with "GGUF"');
    const { version, bigEndian } = readVersion(reader);
    const tensorCount = readCount(reader, 'tensors', TENSORS_MAX);
    const keyCount = readCount(reader, 'keys', KEYS_MAX);
    const { keys, vocabulary } = readKeys(reader, keyCount);
    const tensors = readTensors(reader, tensorCount, keys.get('general.alignment'));
    return { version, bigEndian, keys, vocabulary, tensors };
  });
}

function readVersion(reader: ByteReader): { readonly version: number; readonly bigEndian: boolean } {
  const read = reader.u32('the version');
  // As llama.cpp tells the byte order: a small number has its bytes at the other end.
  const bigEndian = read !== 0 && (read & 0xffff) === 0;
  if (bigEndian) reader.useBigEndian();
  const version = bigEndian ? Buffer.from(Uint32Array.of(read).buffer).swap32().readUInt32LE() : read;
  if (version !== 2 && version !== 3)
    throw new GgufFault('unsupported', `has GGUF version ${version}; versions 2 and 3 can be read`);
  return { version, bigEndian };
}

function readCount(reader: ByteReader, what: string, max: number): number {
  const count = reader.u64(`the number of ${what}`);
  if (count > max) throw new GgufFault('too_large', `claims ${count} ${what}, ${max} at most`);
  return count;
}

function readKeys(reader: ByteReader, count: number): Pick<GgufHeader, 'keys' | 'vocabulary'> {
  const keys = new Map<string, GgufValue>();
  let vocabulary: number | null = null;
  for (let index = 0; index < count; index++) {
    const key = readName(reader, `key ${index + 1} of ${count}`);
    const what = `the value of "${shown(key)}"`;
    if (key === 'tokenizer.ggml.tokens') {
      readValue(reader, what, TEXT_MAX_BYTES, (length) => (vocabulary = length));
    } else if (isWantedKey(key) && keys.size < KEPT_MAX) {
      const value = readValue(reader, what, key === CHAT_TEMPLATE ? TEMPLATE_MAX_BYTES : TEXT_MAX_BYTES);
      if (value !== null) keys.set(key, value);
    } else skipValue(reader, what);
  }
  return { keys, vocabulary };
}

function readTensors(reader: ByteReader, count: number, alignment: GgufValue | undefined): Tensors {
  const summary = new TensorSummary();
  for (let index = 0; index < count; index++) {
    const place = `tensor ${index + 1} of ${count}`;
    const name = readName(reader, place);
    const dimensions = reader.u32(place);
    // GGML_MAX_DIMS
    if (dimensions > 4) throw new GgufFault('invalid', `${place} has ${dimensions} dimensions, 4 at most`);
    let elements = 1;
    let rowLength = 1;
    for (let dimension = 0; dimension < dimensions; dimension++) {
      const length = reader.u64(place);
      if (dimension === 0) rowLength = length;
      elements *= length;
    }
    if (elements > Number.MAX_SAFE_INTEGER)
      throw new GgufFault('invalid', `${place} ("${shown(name)}") has an impossible size`);
    const type = reader.u32(place);
    summary.add({ name: shown(name), elements, rowLength, type, offset: reader.u64(place) });
  }
  return summary.finish(reader.position, reader.size, alignment);
}

function readName(reader: ByteReader, what: string): string {
  const name = readText(reader, what, NAME_MAX_BYTES);
  if (name === null) throw new GgufFault('invalid', `${what} has a name longer than ${NAME_MAX_BYTES} bytes`);
  return name;
}

/** Without control characters, which a log or terminal would obey, and not too long. */
function shown(name: string): string {
  return name.slice(0, SHOWN_MAX).replaceAll(/\p{C}/gu, '?');
}
