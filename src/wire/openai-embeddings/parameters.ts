import type { EmbeddingsWishes } from '../codec.ts';
import type { ScannedRequest } from '../exchange.ts';
import { invalidField } from '../read/field-error.ts';
import { fieldValue, lastField } from '../json/scan.ts';

/**
 * How the vectors are to be spelled; null: in a way that is not known. Numbers where nothing is said; OpenAI's own
 * clients say `base64` unless their caller says otherwise. Throws a `GatewayError` `invalid_body` for what is no text.
 */
export function readEncoding({ body, fields }: ScannedRequest): EmbeddingsWishes['encoding'] | null {
  const encoding = fieldValue(body, fields, 'encoding_format') ?? 'float';
  if (typeof encoding !== 'string') throw invalidField('encoding_format', "'float' or 'base64'");
  return encoding === 'float' || encoding === 'base64' ? encoding : null;
}

/**
 * The size that the vectors are to have, the target's default included; null: the model's own. A key that the client
 * sent wins even as null. Throws a `GatewayError` `invalid_body` for what is no size.
 */
export function readDimensions(
  { body, fields }: ScannedRequest,
  params: Readonly<Record<string, unknown>>,
): number | null {
  const isSent = lastField(fields, 'dimensions') !== null;
  const size = (isSent ? fieldValue(body, fields, 'dimensions') : params['dimensions']) ?? null;
  if (size === null) return null;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 1) {
    throw invalidField('dimensions', 'a whole number above 0');
  }
  return size;
}
