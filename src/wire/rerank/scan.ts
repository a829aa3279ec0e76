import { OPERATION_KINDS } from '../../protocol/wire.ts';
import type { ScannedRequest } from '../exchange.ts';
import { estimateTokens, invalidBody, nameOf, readFields } from '../fields/read-body.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { plainRequest } from '../fields/plain-request.ts';

/** The documents; llama-server also reads the name of text-embeddings-inference, `texts`. */
const DOCUMENTS: readonly string[] = ['documents', 'texts'];

/**
 * The read phase of a request for scores. Each document is scored together with the query, so the longest of them needs
 * to fit with it. Throws a `GatewayError` `invalid_json` or `invalid_body`, the latter with `param`.
 */
export function scanRerank(body: Buffer): ScannedRequest {
  const sizes = { queryBytes: 0, documents: NO_DOCUMENTS };
  const fields = readFields(body, (name, cursor) => {
    if (name === 'query') sizes.queryBytes = queryBytes(cursor);
    else if (DOCUMENTS.includes(name)) sizes.documents = readDocuments(name, cursor);
    else return false;
    return true;
  });
  const model = nameOf(body, fields);
  const { queryBytes: query } = sizes;
  const { count, bytes, longest } = sizes.documents;
  if (query === 0) throw invalidBody('query', "'query' must be the text to compare the documents with.");
  if (count === 0) throw invalidBody('documents', "'documents' must contain at least one text.");
  return plainRequest('rerank', body, fields, {
    model,
    kind: OPERATION_KINDS.rerank,
    stream: false,
    estimatedTokens: estimateTokens(bytes + query * (count ?? 1), 0),
    ...(count === null ? null : { inputs: count }),
    longestInputTokens: estimateTokens(longest + query, 0),
  });
}

interface Documents {
  /** null: one object that holds all of them, as vLLM reads for images. */
  readonly count: number | null;
  readonly bytes: number;
  readonly longest: number;
}

const NO_DOCUMENTS: Documents = { count: 0, bytes: 0, longest: 0 };

function readDocuments(name: string, cursor: JsonCursor): Documents {
  if (!cursor.enter('array')) {
    if (cursor.peek() !== OPEN_OBJECT) throw wrongShape(name);
    const bytes = valueBytes(cursor);
    return { count: null, bytes, longest: 0 };
  }
  let count = 0;
  let bytes = 0;
  let longest = 0;
  for (; cursor.nextElement(); count += 1) {
    const byte = cursor.peek();
    if (byte !== QUOTE && byte !== OPEN_OBJECT) throw wrongShape(name);
    const size = valueBytes(cursor);
    bytes += size;
    longest = Math.max(longest, size);
  }
  return { count, bytes, longest };
}

const QUOTE = 0x22;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;

/** Passes the query: a text, or the parts of an image as some servers read them. 0 for what has no content. */
function queryBytes(cursor: JsonCursor): number {
  const byte = cursor.peek();
  const size = valueBytes(cursor);
  if (byte === QUOTE) return size;
  return (byte === OPEN_OBJECT || byte === OPEN_ARRAY) && size > EMPTY_BYTES ? size : 0;
}

/** Of `{}` and `[]`. */
const EMPTY_BYTES = 2;

/** Passes a value: the bytes of a text, or of anything else as it is written; 0 for null. */
function valueBytes(cursor: JsonCursor): number {
  if (cursor.passString()) return cursor.stringBytes;
  cursor.peek();
  const start = cursor.position;
  cursor.skipValue();
  const size = cursor.position - start;
  return cursor.bytes.toString('latin1', start, cursor.position) === 'null' ? 0 : size;
}

function wrongShape(name: string): Error {
  return invalidBody(name, `'${name}' must be a list of texts, or of objects with a text.`);
}
