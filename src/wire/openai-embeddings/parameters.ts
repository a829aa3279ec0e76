import type { EmbeddingsReplyOptions } from '../codec.ts';
import type { ScannedRequest } from '../exchange.ts';
import { invalidField } from '../fields/field-error.ts';
import { fieldValue, lastField } from '../json/scan.ts';

/**
 * The requested encoding of the vectors; null for an unknown one. The default is `float`; OpenAI's own clients send
 * `base64` unless told otherwise. Throws a `GatewayError` `invalid_body` when the value is not a string.
 */
export function readEncoding({ body, fields }: ScannedRequest): EmbeddingsReplyOptions['encoding'] | null {
  const encoding = fieldValue(body, fields, 'encoding_format') ?? 'float';
  if (typeof encoding !== 'string') throw invalidField('encoding_format', "'float' or 'base64'");
  return encoding === 'float' || encoding === 'base64' ? encoding : null;
}

/**
 * The requested size of the vectors, from the client or the target's default; null: the model's own size. A key that
 * the client sent takes precedence even if null. Throws a `GatewayError` `invalid_body` for an invalid size.
 */
export function readDimensions(
  { body, fields }: ScannedRequest,
  params: Readonly<Record<string, unknown>>,
): number | null {
  const isSent = lastField(fields, 'dimensions') !== null;
  const size = (isSent ? fieldValue(body, fields, 'dimensions') : params['dimensions']) ?? null;
  if (size === null) return null;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 1) {
    throw invalidField('dimensions', 'a positive integer');
  }
  return size;
}
