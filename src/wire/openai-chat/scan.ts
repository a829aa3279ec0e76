import type { Need, RequestFacts } from '../../protocol/facts.ts';
import type { ClientRequest } from '../exchange.ts';
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
} from '../read-body.ts';
import { MessageScan } from './message-scanner.ts';

/** What llama-server and its kin call no limit (its `/props` name it as the default). */
const UNLIMITED = -1;

/**
 * The read phase of an OpenAI chat request: learns its facts and makes the checks of API section 1; everything else is
 * for the upstream to judge. Throws a `GatewayError` `invalid_json` or `invalid_body`, the latter with `param`.
 */
export function readOpenAiChat(body: Buffer): ClientRequest {
  let weight: MessageScan | null = null;
  const fields = readFields(body, (name, cursor) => {
    if (name !== 'messages') return false;
    weight = new MessageScan(cursor).run();
    return true;
  });
  return {
    wire: 'openai-chat',
    body,
    facts: readFacts(body, fields, weight),
    fields,
    signatures: signaturesOf(weight),
  };
}

function signaturesOf(weight: MessageScan | null): readonly string[] {
  return weight === null ? [] : weight.signatures;
}

function readFacts(body: Buffer, fields: readonly JsonField[], weight: MessageScan | null): RequestFacts {
  const model = nameOf(body, fields);
  const stream = streamOf(body, fields);
  if (weight === null || weight.count === null || weight.count === 0) {
    throw invalidBody('messages', "'messages' must be an array with at least one message.");
  }

  const tools = definitionBytes(body, fields, 'tools') + definitionBytes(body, fields, 'functions');
  const needs: Need[] = [];
  if (tools > 0) needs.push('tools');
  if (weight.images > 0) needs.push('vision');
  const format = fieldValue(body, fields, 'response_format');
  if (isJsonObject(format) && format['type'] === 'json_schema') needs.push('json_schema');
  const older = limitOf(body, fields, 'max_tokens', UNLIMITED);
  const newer = limitOf(body, fields, 'max_completion_tokens', UNLIMITED);
  return {
    model,
    kind: 'chat',
    stream,
    estimatedTokens: estimateTokens(weight.textBytes + tools, weight.images),
    maxOutputTokens: newer ?? older,
    sizeBytes: body.length,
    needs,
  };
}
