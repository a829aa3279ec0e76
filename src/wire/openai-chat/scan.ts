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
import { OpenAiMessageScanner } from './messages/message-scanner.ts';

/** "No limit" on llama-server and related servers, whose `/props` reports it as the default. */
const UNLIMITED = -1;

/**
 * The read phase of an OpenAI chat request: collects its facts and runs the checks of this API; the upstream validates
 * everything else. Throws a `GatewayError` `invalid_json` or `invalid_body`, the latter with `param`.
 */
export function scanOpenAiChat(body: Buffer): ScannedRequest {
  const scan = new OpenAiMessageScanner();
  const fields = readFields(body, (name, cursor) => {
    if (name === 'messages') scan.messages(cursor);
    else if (name === 'tools' || name === 'functions') scan.tools.tools(cursor, 'parameters');
    else return false;
    return true;
  });
  const { oddities } = scan;
  return {
    format: 'openai-chat',
    body,
    facts: readFacts(body, fields, scan),
    fields,
    signatures: scan.signatures,
    hasUnsignedThinking: false,
    ...(oddities === null ? null : { oddities }),
  };
}

function readFacts(body: Buffer, fields: readonly JsonField[], scan: OpenAiMessageScanner): RequestFacts {
  const model = nameOf(body, fields);
  const stream = streamOf(body, fields);
  if (scan.count === null || scan.count === 0) {
    throw invalidBody('messages', "'messages' must be an array with at least one message.");
  }

  const tools = definitionBytes(body, fields, 'tools') + definitionBytes(body, fields, 'functions');
  const needs: Need[] = [];
  if (tools > 0) needs.push('tools');
  if (scan.images > 0) needs.push('vision');
  const format = fieldValue(body, fields, 'response_format');
  if (isJsonObject(format) && format['type'] === 'json_schema') needs.push('json_schema');
  const older = limitOf(body, fields, 'max_tokens', UNLIMITED);
  const newer = limitOf(body, fields, 'max_completion_tokens', UNLIMITED);
  return {
    model,
    kind: OPERATION_KINDS.chat,
    stream,
    estimatedTokens: estimateTokens(scan.textBytes + tools, scan.images),
    maxOutputTokens: newer ?? older,
    sizeBytes: body.length,
    needs,
  };
}
