import { readErrorBody, saysError } from '../error-body.ts';
import { WireFault } from '../fault.ts';
import { isJsonObject } from '../json/value.ts';
import type { EventFields } from '../framing/framing.ts';

/** The fault for an event or a body in which the upstream says that it failed. `raw` is its JSON as it came. */
export function errorFault(raw: Buffer): WireFault {
  const upstream = readErrorBody(raw);
  return new WireFault('error_event', `the upstream reported an error: ${upstream.message}`, upstream, raw);
}

/**
 * The fault for text outside the fields of an event stream: a raw line such as `proxy error: …`, which llama-server's
 * router writes, or a whole JSON body where a stream should be.
 */
export function foreignFault(text: Buffer): WireFault {
  if (text[0] === 0x7b) {
    try {
      const parsed: unknown = JSON.parse(text.toString('utf8'));
      if (isJsonObject(parsed) && saysError(parsed)) return errorFault(Buffer.from(text));
    } catch {
      // No JSON either.
    }
  }
  return new WireFault('malformed', 'the stream holds text outside its events');
}

/** Is what stands outside the fields only the beginning of one, cut by the end of the stream? */
export function isCutField(fields: EventFields, terminated: boolean): boolean {
  const line = fields.foreign;
  return (
    !terminated && line !== null && ['data:', 'event:', 'retry:'].some((field) => field.startsWith(line))
  );
}
