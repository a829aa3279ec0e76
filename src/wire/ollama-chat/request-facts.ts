import type { Need, RequestFacts } from '../../protocol/facts.ts';
import { OPERATION_KINDS } from '../../protocol/wire.ts';
import { definitionBytes, estimateTokens, invalidBody, nameOf, streamOf } from '../fields/read-body.ts';
import { fieldValue, lastField, type JsonField } from '../json/scan.ts';
import { finiteNumber, isJsonObject } from '../json/value.ts';

/** What a scan counts in the prompt of a request. */
export interface PromptSize {
  /** UTF-8 bytes of text. */
  readonly textBytes: number;
  readonly images: number;
}

/**
 * The facts of a request of Ollama's `/api/chat` or `/api/generate`. Throws a `GatewayError` `invalid_body` for a field
 * of a wrong type.
 */
export function requestFacts(
  body: Buffer,
  fields: readonly JsonField[],
  { textBytes, images }: PromptSize,
): RequestFacts {
  const tools = definitionBytes(body, fields, 'tools');
  const needs: Need[] = [];
  if (tools > 0) needs.push('tools');
  if (images > 0) needs.push('vision');
  if (isJsonObject(fieldValue(body, fields, 'format'))) needs.push('json_schema');
  return {
    model: nameOf(body, fields),
    kind: OPERATION_KINDS.chat,
    stream: wantsStream(body, fields),
    estimatedTokens: estimateTokens(textBytes + tools, images),
    maxOutputTokens: readLimit(body, fields),
    sizeBytes: body.length,
    needs,
  };
}

/** Ollama streams unless the client says otherwise (wire case 149). */
function wantsStream(body: Buffer, fields: readonly JsonField[]): boolean {
  const isGiven = (fieldValue(body, fields, 'stream') ?? null) !== null;
  return !isGiven || streamOf(body, fields);
}

/** `options.num_predict`; negative numbers mean no limit. */
function readLimit(body: Buffer, fields: readonly JsonField[]): number | null {
  if (lastField(fields, 'options') === null) return null;
  const options = fieldValue(body, fields, 'options') ?? {};
  if (!isJsonObject(options)) throw invalidBody('options', "'options' must be an object.");
  const limit = finiteNumber(options['num_predict']);
  return limit === null || limit < 0 ? null : limit;
}
