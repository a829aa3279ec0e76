import type { EmbeddingsWishes, WantedVectors } from '../codec.ts';
import { noVector, numbersIn, readVector, VectorCheck, vectorUsage } from '../embeddings/vectors.ts';
import type { UnaryReply } from '../exchange.ts';
import { JsonScanError, type JsonCursor } from '../json/cursor.ts';
import { fieldValue, scanFields } from '../json/scan.ts';
import { filledString, isJsonObject, tokenCount } from '../json/value.ts';
import { inputTokensOf, parseEmbeddings, writeEmbeddings, writeUsage } from './reply.ts';

type Encoding = EmbeddingsWishes['encoding'];

/** What a client wants to see of a reply. */
export interface AskedVectors {
  /** null: in a way that only the upstream knows, which is not looked into. */
  readonly encoding: Encoding | null;
  readonly vectors: WantedVectors;
  /** The model's id as the upstream knows it, for a reply that names none. */
  readonly modelId: string;
  readonly estimatedInputTokens: number;
}

/**
 * Checks a whole reply whose client speaks this wire too. Its bytes pass as they are where its vectors are spelled as this
 * client asked, the usage has both counts and the model its name; a batch is megabytes of numbers, and is parsed only to
 * write it otherwise (wire cases 172, 176). Throws a `WireFault`: `malformed`, `error_event`, or `ignored` for
 * `dimensions`.
 */
export function passReply(body: Buffer, asked: AskedVectors): UnaryReply {
  const { encodings, usage, model } = scanReply(body, asked);
  const inputTokens = inputTokensOf(usage);
  const isSpelled = asked.encoding === null || (encodings.size === 1 && encodings.has(asked.encoding));
  const passes = isSpelled && hasBothCounts(usage) && model !== null;
  return {
    body: passes ? body : rewritten(body, asked, inputTokens),
    usage: vectorUsage(inputTokens),
    model,
    signatures: [],
  };
}

interface ScannedReply {
  readonly encodings: ReadonlySet<Encoding>;
  readonly usage: unknown;
  readonly model: string | null;
}

function scanReply(body: Buffer, { encoding, vectors }: AskedVectors): ScannedReply {
  const encodings = new Set<Encoding>();
  const check = new VectorCheck(vectors);
  try {
    const fields = scanFields(body, (name, cursor) => {
      if (name !== 'data' || !cursor.enter('array')) return false;
      while (cursor.nextElement()) passEntry(cursor, encoding === null ? null : check, encodings);
      return true;
    });
    if (encodings.size > 0) {
      if (encoding !== null) check.end();
      const model = filledString(fieldValue(body, fields, 'model'));
      return { encodings, usage: fieldValue(body, fields, 'usage'), model };
    }
  } catch (error) {
    if (!(error instanceof JsonScanError)) throw error;
  }
  // It is no reply, and parsing it says in which way.
  parseEmbeddings(body);
  throw noVector();
}

/** Passes one entry of `data`; `check` null: whatever its vector is. */
function passEntry(cursor: JsonCursor, check: VectorCheck | null, encodings: Set<Encoding>): void {
  let isVector = false;
  if (!cursor.enter('object')) throw noVector();
  while (cursor.nextKey()) {
    if (!cursor.stringIs('embedding')) {
      cursor.skipValue();
      continue;
    }
    isVector = true;
    const isText = cursor.passString();
    encodings.add(isText ? 'base64' : 'float');
    if (isText) check?.take(numbersInText(cursor));
    else if (check === null) cursor.skipValue();
    else check.take(passNumbers(cursor));
  }
  if (!isVector) throw noVector();
}

/** How many numbers the last string holds as base64. */
function numbersInText({ bytes, stringStart, stringEnd }: JsonCursor): number {
  let end = stringEnd - 1;
  while (bytes[end - 1] === PADDING) end -= 1;
  for (let place = stringStart + 1; place < end; place += 1) {
    if (!IS_BASE64[bytes[place] ?? 0]) throw noVector();
  }
  const count = numbersIn(end - stringStart - 1);
  if (count === null) throw noVector();
  return count;
}

/** Passes a list of numbers; how many there are. */
function passNumbers(cursor: JsonCursor): number {
  let count = 0;
  if (!cursor.enter('array')) throw noVector();
  for (; cursor.nextElement(); count += 1) {
    const byte = cursor.peek();
    if (byte !== MINUS && (byte < 0x30 || byte > 0x39)) throw noVector();
    cursor.skipValue();
  }
  return count;
}

const MINUS = 0x2d;
const PADDING = 0x3d;
/** By byte: is it one of the 64? */
const IS_BASE64: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9+/]/.test(String.fromCharCode(byte)),
);

function hasBothCounts(usage: unknown): boolean {
  if (!isJsonObject(usage)) return false;
  return tokenCount(usage['prompt_tokens']) !== null && tokenCount(usage['total_tokens']) !== null;
}

function rewritten(body: Buffer, asked: AskedVectors, inputTokens: number | null): Buffer {
  const { data, frame } = parseEmbeddings(body);
  const counts = writeUsage(inputTokens ?? asked.estimatedInputTokens);
  const usage = { ...(isJsonObject(frame['usage']) ? frame['usage'] : {}), ...counts };
  const model = filledString(frame['model']) ?? asked.modelId;
  if (asked.encoding === null) return Buffer.from(JSON.stringify({ ...frame, model, usage, data }));
  const entries = data.map((entry) => ({ vector: readVector(entry['embedding']), entry }));
  return writeEmbeddings({ ...frame, model, usage }, entries, asked.encoding);
}
