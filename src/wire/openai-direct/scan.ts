import { OPERATION_KINDS, type DirectFormat } from '../../protocol/wire.ts';
import type { ScannedRequest } from '../exchange.ts';
import { invalidBody, nameOf, readFields, streamOf } from '../fields/read-body.ts';
import { fieldValue, lastField, type JsonField } from '../json/scan.ts';
import { formType } from '../fields/content-type.ts';
import { scanForm } from './form.ts';
import { plainRequest } from '../fields/plain-request.ts';

/** A model id of a form that is longer is not read. */
const NAME_MAX_BYTES = 4096;

interface DirectBody {
  readonly fields: readonly JsonField[];
  readonly model: string | null;
  readonly stream: boolean;
}

/**
 * The read phase of a direct call: the model, and for the ledger whether a stream is asked for. `contentType`: that of a
 * form. Throws a `GatewayError` `invalid_json` or `invalid_body`.
 */
export function scanDirect(format: DirectFormat, body: Buffer, contentType?: string): ScannedRequest {
  const form = contentType === undefined ? null : formType(contentType);
  const { fields, model, stream } = form === null ? readJson(body) : readForm(body, form.boundary);
  const facts = { model, kind: OPERATION_KINDS.direct, stream, estimatedTokens: 0 };
  const request = plainRequest(format, body, fields, facts);
  return form === null ? request : { ...request, contentType: form.forwarded };
}

function readJson(body: Buffer): DirectBody {
  const fields = readFields(body, () => false);
  const model = nameOf(body, fields);
  // Speech has a field of its own for it.
  const isEvents = fieldValue(body, fields, 'stream_format') === 'sse';
  return { fields, model, stream: isEvents || streamOf(body, fields) };
}

function readForm(body: Buffer, boundary: string): DirectBody {
  const fields = scanForm(body, boundary);
  const stream = textOf(body, fields, 'stream')?.toLowerCase() === 'true';
  return { fields, model: textOf(body, fields, 'model'), stream };
}

/** The text of a part; null if absent or empty. Throws `invalid_body` if there are several, or if it is too long. */
function textOf(body: Buffer, fields: readonly JsonField[], name: string): string | null {
  const field = lastField(fields, name);
  if (field === null) return null;
  if (fields.some((other) => other.name === name && other !== field)) {
    throw invalidBody(name, `'${name}' is given more than once.`);
  }
  if (field.valueEnd - field.valueStart > NAME_MAX_BYTES) throw invalidBody(name, `'${name}' is too long.`);
  const text = body.toString('utf8', field.valueStart, field.valueEnd);
  return text === '' ? null : text;
}
