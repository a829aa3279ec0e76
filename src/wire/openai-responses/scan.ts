import type { Need, RequestFacts } from '../../protocol/facts.ts';
import { OPERATION_KINDS } from '../../protocol/wire.ts';
import type { Oddities, ScannedRequest } from '../exchange.ts';
import {
  definitionBytes,
  estimateTokens,
  invalidBody,
  limitOf,
  nameOf,
  readFields,
  streamOf,
} from '../fields/read-body.ts';
import { fieldValue, type JsonField } from '../json/scan.ts';
import { isJsonObject } from '../json/value.ts';
import { InputScanner } from './input-scanner.ts';

/** Fields that name a conversation stored elsewhere: requests with one may come without `input`. */
const STORED: readonly string[] = ['previous_response_id', 'conversation', 'prompt'];

/**
 * The read phase of a Responses request: collects its facts and runs the checks of this API; everything else is
 * validated by the decoder or the upstream. Throws a `GatewayError` `invalid_json` or `invalid_body`, the latter with
 * `param`.
 */
export function scanResponses(body: Buffer): ScannedRequest {
  const scan = new InputScanner();
  const fields = readFields(body, (name, cursor) => {
    if (name === 'input') scan.input(cursor);
    else if (name === 'instructions') scan.instructions(cursor);
    else if (name === 'tools') scan.tools.tools(cursor, 'parameters');
    else return false;
    return true;
  });
  const oddities = odditiesOf(scan);
  return {
    format: 'openai-responses',
    body,
    facts: readFacts(body, fields, scan),
    fields,
    signatures: scan.signatures,
    hasUnsignedThinking: scan.hasOwnReasoning,
    ...(oddities === null ? null : { oddities }),
  };
}

/** Plain reasoning lacks neither of the keys that chats have for it, since it is an item of its own here. */
function odditiesOf({ tools: { oddities }, hasPlainReasoning }: InputScanner): Oddities | null {
  return hasPlainReasoning ? { ...oddities, missingReasoning: [] } : oddities;
}

function readFacts(body: Buffer, fields: readonly JsonField[], scan: InputScanner): RequestFacts {
  const model = nameOf(body, fields);
  const stream = streamOf(body, fields);
  const isStored = STORED.some((name) => (fieldValue(body, fields, name) ?? null) !== null);
  if ((scan.count === null || scan.count === 0) && !isStored) {
    throw invalidBody('input', "'input' must be a string or an array with at least one item.");
  }
  const tools = definitionBytes(body, fields, 'tools');
  const needs: Need[] = [];
  if (tools > 0) needs.push('tools');
  if (scan.images > 0) needs.push('vision');
  const text = fieldValue(body, fields, 'text');
  const format = isJsonObject(text) ? text['format'] : null;
  if (isJsonObject(format) && format['type'] === 'json_schema') needs.push('json_schema');
  return {
    model,
    kind: OPERATION_KINDS.chat,
    stream,
    estimatedTokens: estimateTokens(scan.textBytes + tools, scan.images),
    maxOutputTokens: limitOf(body, fields, 'max_output_tokens'),
    sizeBytes: body.length,
    needs,
  };
}
