import type { EmbeddingsWishes } from '../codec.ts';
import { checkDimensions, readVector, vectorUsage } from '../embeddings/vectors.ts';
import type { UnaryReply } from '../exchange.ts';
import { WireFault } from '../fault.ts';
import { JsonScanError, type JsonCursor } from '../json/cursor.ts';
import { fieldValue, scanFields } from '../json/scan.ts';
import { filledString, isJsonObject, tokenCount } from '../json/value.ts';
import { inputTokensOf, parseEmbeddings, writeEmbeddings, writeUsage } from './reply.ts';

/** What a client wants to see of a reply. */
export interface AskedVectors {
  /** null: in a way that only the upstream knows. */
  readonly encoding: EmbeddingsWishes['encoding'] | null;
  readonly dimensions: number | null;
  readonly estimatedInputTokens: number;
}

/** The first vector of a reply, as far as its bytes tell. */
interface FirstVector {
  readonly encoding: EmbeddingsWishes['encoding'];
  readonly length: number;
}

/**
 * Checks a whole reply whose client speaks this wire too. Its bytes pass as they are where its first vector is spelled
 * as this client asked and the usage has both counts; a batch is megabytes of numbers, and is parsed only to spell it
 * otherwise (wire cases 172, 176). Throws a `WireFault`: `malformed`, `error_event`, or `ignored` for `dimensions`.
 */
export function passReply(body: Buffer, asked: AskedVectors): UnaryReply {
  const { first, usage, model } = scanReply(body);
  checkDimensions(first.length, asked.dimensions);
  const inputTokens = inputTokensOf(usage);
  const encoding = asked.encoding ?? first.encoding;
  const passes = first.encoding === encoding && hasBothCounts(usage);
  return {
    body: passes ? body : rewritten(body, encoding, inputTokens ?? asked.estimatedInputTokens),
    usage: vectorUsage(inputTokens),
    model: filledString(model),
    signatures: [],
  };
}

function scanReply(body: Buffer): { first: FirstVector; usage: unknown; model: unknown } {
  const found: { first: FirstVector | null } = { first: null };
  try {
    const fields = scanFields(body, (name, cursor) => {
      if (name !== 'data' || !cursor.enter('array')) return false;
      while (cursor.nextElement()) {
        if (found.first === null) found.first = readFirst(cursor);
        else cursor.skipValue();
      }
      return true;
    });
    if (found.first !== null) {
      return {
        first: found.first,
        usage: fieldValue(body, fields, 'usage'),
        model: fieldValue(body, fields, 'model'),
      };
    }
  } catch (error) {
    if (!(error instanceof JsonScanError)) throw error;
  }
  // It is no reply, and parsing it says in which way.
  parseEmbeddings(body);
  throw new WireFault('malformed', 'the reply holds a vector that is none');
}

/** Passes the first entry of `data`; null where it holds no vector. */
function readFirst(cursor: JsonCursor): FirstVector | null {
  let first: FirstVector | null = null;
  if (!cursor.enter('object')) {
    cursor.skipValue();
    return null;
  }
  while (cursor.nextKey()) {
    if (!cursor.stringIs('embedding')) cursor.skipValue();
    else if (cursor.passString()) first = { encoding: 'base64', length: Math.floor(base64Bytes(cursor) / 4) };
    else if (cursor.enter('array')) first = { encoding: 'float', length: passNumbers(cursor) };
    else cursor.skipValue();
  }
  return first;
}

function base64Bytes(cursor: JsonCursor): number {
  return Buffer.byteLength(cursor.string(), 'base64');
}

function passNumbers(cursor: JsonCursor): number {
  let count = 0;
  for (; cursor.nextElement(); count += 1) cursor.skipValue();
  return count;
}

function hasBothCounts(usage: unknown): boolean {
  if (!isJsonObject(usage)) return false;
  return tokenCount(usage['prompt_tokens']) !== null && tokenCount(usage['total_tokens']) !== null;
}

function rewritten(body: Buffer, encoding: EmbeddingsWishes['encoding'], inputTokens: number): Buffer {
  const { data, frame } = parseEmbeddings(body);
  const usage = { ...(isJsonObject(frame['usage']) ? frame['usage'] : {}), ...writeUsage(inputTokens) };
  const entries = data.map((entry) => ({ vector: readVector(entry['embedding']), entry }));
  return writeEmbeddings({ ...frame, usage }, entries, encoding);
}
