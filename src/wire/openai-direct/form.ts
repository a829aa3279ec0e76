import { GatewayError } from '../../protocol/errors.ts';
import type { JsonField } from '../json/scan.ts';

/** A form has a dozen fields; a list of files has at most 16 (platform.openai.com, "Create image edit"). */
const PARTS_MAX = 1_000;
/** Bytes of the headers of one part. */
const PART_HEAD_MAX_BYTES = 8 * 1024;

const LINE_END = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
const CLOSE = Buffer.from('--');

/**
 * Finds the parts of a `multipart/form-data` body (RFC 7578) by their names, without reading their content; the byte
 * ranges are those of the content. Throws a `GatewayError` `invalid_body` for a body that is cut or no form.
 */
export function scanForm(body: Buffer, boundary: string): readonly JsonField[] {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const between = Buffer.concat([LINE_END, delimiter]);
  const parts: JsonField[] = [];
  let start = firstPart(body, delimiter);
  for (let seen = 0; seen < PARTS_MAX; seen += 1) {
    if (startsWith(body, CLOSE, start)) return parts;
    const headEnd = body.subarray(start, start + PART_HEAD_MAX_BYTES).indexOf(HEAD_END);
    if (headEnd < 0) throw invalidForm('a part has no end of its headers');
    const valueStart = start + headEnd + HEAD_END.length;
    const valueEnd = nextDelimiter(body, between, valueStart);
    if (valueEnd < 0) throw invalidForm('it does not end with its boundary');
    const name = partName(body.toString('utf8', start, valueStart));
    if (name !== null) parts.push({ name, keyStart: start, keyEnd: valueStart, valueStart, valueEnd });
    start = valueEnd + between.length;
  }
  throw invalidForm(`it has more than ${PARTS_MAX} parts`);
}

/** Where the first part begins, after its boundary; a line end may come first. */
function firstPart(body: Buffer, delimiter: Buffer): number {
  const start = startsWith(body, LINE_END, 0) ? LINE_END.length : 0;
  if (!startsWith(body, delimiter, start)) throw invalidForm('it does not begin with its boundary');
  return start + delimiter.length;
}

/** Where the content ends; -1: nowhere. A boundary that goes on with other characters is content. */
function nextDelimiter(body: Buffer, between: Buffer, from: number): number {
  let at = body.indexOf(between, from);
  while (at >= 0) {
    const after = at + between.length;
    if (startsWith(body, CLOSE, after) || startsWith(body, LINE_END, after)) return at;
    at = body.indexOf(between, at + 1);
  }
  return -1;
}

function startsWith(body: Buffer, bytes: Buffer, at: number): boolean {
  return body.compare(bytes, 0, bytes.length, at, Math.min(at + bytes.length, body.length)) === 0;
}

/** `name` in the `content-disposition` of a part; null without one. */
function partName(head: string): string | null {
  const line = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? '';
  // In order, since a quoted file name may contain `; name=`.
  for (const [, key, quoted, bare] of line.matchAll(
    /;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/g,
  )) {
    if (key?.toLowerCase() === 'name') return quoted ?? bare ?? null;
  }
  return null;
}

function invalidForm(reason: string): GatewayError {
  return new GatewayError('invalid_body', `The body is not a valid form: ${reason}.`);
}
