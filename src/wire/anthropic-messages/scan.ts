import type { Need, RequestFacts } from '../../protocol/facts.ts';
import { OPERATION_KINDS } from '../../protocol/wire.ts';
import type { ScannedRequest } from '../exchange.ts';
import { fieldValue, type JsonField } from '../json/scan.ts';
import { isJsonObject } from '../json/value.ts';
import {
  definitionBytes,
  estimateTokens,
  invalidBody,
  limitOf,
  nameOf,
  readFields,
  streamOf,
} from '../fields/read-body.ts';
import { AnthropicMessageScanner } from './message-scanner.ts';

/**
 * The read phase of a Messages request: collects its facts and validates what they depend on; everything else is left
 * to the upstream to validate. Throws a `GatewayError` `invalid_json` or `invalid_body`, the latter with `param`.
 */
export function scanMessages(body: Buffer): ScannedRequest {
  const scan = new AnthropicMessageScanner();
  const fields = readFields(body, (name, cursor) => {
    if (name === 'messages') scan.messages(cursor);
    else if (name === 'system') scan.system(cursor);
    else if (name === 'tools') scan.tools.tools(cursor, 'input_schema');
    else return false;
    return true;
  });
  const { oddities } = scan.tools;
  return {
    format: 'anthropic-messages',
    body,
    facts: readFacts(body, fields, scan),
    fields,
    signatures: scan.signatures,
    hasUnsignedThinking: scan.hasUnsigned,
    ...(oddities === null ? null : { oddities }),
  };
}

function readFacts(body: Buffer, fields: readonly JsonField[], scan: AnthropicMessageScanner): RequestFacts {
  const model = nameOf(body, fields);
  const stream = streamOf(body, fields);
  if (scan.count === null || scan.count === 0) {
    throw invalidBody('messages', "'messages' must be an array with at least one message.");
  }
  const tools = definitionBytes(body, fields, 'tools');
  const needs: Need[] = [];
  if (tools > 0) needs.push('tools');
  if (scan.images > 0) needs.push('vision');
  if (wantsSchema(body, fields)) needs.push('json_schema');
  return {
    model,
    kind: OPERATION_KINDS.chat,
    stream,
    // A document of unknown length counts as one image, for at least one page.
    estimatedTokens: estimateTokens(scan.textBytes + tools, scan.images + scan.documents),
    maxOutputTokens: limitOf(body, fields, 'max_tokens'),
    sizeBytes: body.length,
    needs,
  };
}

/** `output_config.format`, or the deprecated `output_format`. */
function wantsSchema(body: Buffer, fields: readonly JsonField[]): boolean {
  const config = fieldValue(body, fields, 'output_config');
  const format = isJsonObject(config) ? config['format'] : null;
  return isJsonObject(format ?? fieldValue(body, fields, 'output_format'));
}
