import type { EmbeddingsReplyOptions, ExpectedVectors } from '../codec.ts';
import {
  estimatedVectorUsage,
  invalidVector,
  readVector,
  VectorCheck,
  vectorLength,
  vectorUsage,
} from '../embeddings/vectors.ts';
import type { UnaryReply } from '../exchange.ts';
import { JsonScanError, type JsonCursor } from '../json/cursor.ts';
import { fieldValue, scanFields } from '../json/scan.ts';
import { filledString, isJsonObject, tokenCount } from '../json/value.ts';
import { inputTokensOf, parseEmbeddings, writeEmbeddings, writeUsage } from './reply.ts';

type Encoding = EmbeddingsReplyOptions['encoding'];

/** What the client requested of a reply. */
export interface RequestedVectors {
  /** null: an encoding that only the upstream knows; the vectors are not checked. */
  readonly encoding: Encoding | null;
  readonly vectors: ExpectedVectors;
  /** The id of the model at the upstream, for a reply without a model. */
  readonly modelId: string;
  readonly estimatedInputTokens: number;
}

/**
 * Checks a unary reply for a client of this wire. Its bytes pass unchanged if the vectors have the requested encoding,
 * the usage has both counts and the model is named; a batch is megabytes of numbers, so it is only parsed to rewrite it
 * (wire cases 172, 176). Throws a `WireFault`: `malformed`, `error_event`, or `ignored` for `dimensions`.
 */
export function passReply(body: Buffer, requested: RequestedVectors): UnaryReply {
  const { encodings, usage, model } = scanReply(body, requested);
  const inputTokens = inputTokensOf(usage);
  const encodingMatches =
    requested.encoding === null || (encodings.size === 1 && encodings.has(requested.encoding));
  const isCanonical = encodingMatches && hasBothCounts(usage) && model !== null;
  return {
    body: isCanonical ? body : rewrite(body, requested, inputTokens),
    usage: vectorUsage(inputTokens) ?? estimatedVectorUsage(requested.estimatedInputTokens),
    model,
    signatures: [],
  };
}

interface ScannedReply {
  readonly encodings: ReadonlySet<Encoding>;
  readonly usage: unknown;
  readonly model: string | null;
}

function scanReply(body: Buffer, { encoding, vectors }: RequestedVectors): ScannedReply {
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
  // Not a valid reply: parsing it throws the precise fault.
  parseEmbeddings(body);
  throw invalidVector();
}

/** Passes one entry of `data`; its vector is not checked if `check` is null. */
function passEntry(cursor: JsonCursor, check: VectorCheck | null, encodings: Set<Encoding>): void {
  let isVector = false;
  if (!cursor.enter('object')) throw invalidVector();
  while (cursor.nextKey()) {
    if (!cursor.stringIs('embedding')) {
      cursor.skipValue();
      continue;
    }
    isVector = true;
    const isText = cursor.passString();
    encodings.add(isText ? 'base64' : 'float');
    if (isText) check?.take(base64VectorLength(cursor));
    else if (check === null) cursor.skipValue();
    else check.take(passNumbers(cursor));
  }
  if (!isVector) throw invalidVector();
}

/** The number of values in the last string, decoded as base64. */
function base64VectorLength({ bytes, stringStart, stringEnd }: JsonCursor): number {
  let end = stringEnd - 1;
  while (bytes[end - 1] === PADDING) end -= 1;
  for (let offset = stringStart + 1; offset < end; offset += 1) {
    if (!IS_BASE64[bytes[offset] ?? 0]) throw invalidVector();
  }
  const count = vectorLength(end - stringStart - 1);
  if (count === null) throw invalidVector();
  return count;
}

/** Passes a list of numbers and returns how many there are. */
function passNumbers(cursor: JsonCursor): number {
  let count = 0;
  if (!cursor.enter('array')) throw invalidVector();
  for (; cursor.nextElement(); count += 1) {
    const byte = cursor.peek();
    if (byte !== MINUS && (byte < 0x30 || byte > 0x39)) throw invalidVector();
    cursor.skipValue();
  }
  return count;
}

const MINUS = 0x2d;
const PADDING = 0x3d;
/** By byte: is it in the base64 alphabet? */
const IS_BASE64: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9+/]/.test(String.fromCharCode(byte)),
);

function hasBothCounts(usage: unknown): boolean {
  if (!isJsonObject(usage)) return false;
  return tokenCount(usage['prompt_tokens']) !== null && tokenCount(usage['total_tokens']) !== null;
}

function rewrite(body: Buffer, requested: RequestedVectors, inputTokens: number | null): Buffer {
  const { data, frame } = parseEmbeddings(body);
  const counts = writeUsage(inputTokens ?? requested.estimatedInputTokens);
  const usage = { ...(isJsonObject(frame['usage']) ? frame['usage'] : {}), ...counts };
  const model = filledString(frame['model']) ?? requested.modelId;
  if (requested.encoding === null) return Buffer.from(JSON.stringify({ ...frame, model, usage, data }));
  const entries = data.map((entry) => ({ vector: readVector(entry['embedding']), entry }));
  return writeEmbeddings({ ...frame, model, usage }, entries, requested.encoding);
}
