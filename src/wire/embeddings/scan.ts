import { OPERATION_KINDS, type WireFormat } from '../../protocol/wire.ts';
import type { ScannedRequest } from '../exchange.ts';
import { InputScanner } from '../fields/inputs.ts';
import { invalidBody, nameOf, readFields } from '../fields/read-body.ts';
import { plainRequest } from '../fields/plain-request.ts';

/** The first byte of `null`. */
const NULL = 0x6e;

/**
 * The read phase of a request for embeddings; all its wires have `model` and `input`. `mayBeEmpty`: it may have no text
 * (`isEmpty`). Throws a `GatewayError` `invalid_json` or `invalid_body`, the latter with `param`.
 */
export function scanEmbeddings(format: WireFormat, body: Buffer, mayBeEmpty = false): ScannedRequest {
  const input = new InputScanner('input');
  const fields = readFields(body, (name, cursor) => {
    if (name !== 'input' || (mayBeEmpty && cursor.peek() === NULL)) return false;
    input.read(cursor);
    return true;
  });
  const model = nameOf(body, fields);
  const isEmpty = mayBeEmpty && input.count < 2 && input.tokens === 0;
  if (input.count === 0 && !isEmpty) throw invalidBody('input', "'input' must contain at least one text.");
  const request = plainRequest(format, body, fields, {
    model,
    kind: OPERATION_KINDS.embeddings,
    stream: false,
    estimatedTokens: input.tokens,
    inputs: input.count,
    longestInputTokens: input.longest,
  });
  return isEmpty ? { ...request, isEmpty } : request;
}
