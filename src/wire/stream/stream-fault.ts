import { readErrorBody, reportsError } from '../upstream-error-body.ts';
import { WireFault } from '../fault.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';
import type { EventFields } from '../framing/framing.ts';

/** The fault for an event or body that reports an error of the upstream. `raw` is its JSON as received. */
export function errorFault(raw: Buffer): WireFault {
  const upstream = readErrorBody(raw);
  return new WireFault('error_event', `the upstream reported an error: ${upstream.message}`, upstream, raw);
}

/**
 * Throws the fault for an error inside one choice of a reply with status 200, at its top or in its `delta` or `message`.
 */
export function requireNoError(choice: JsonObject): void {
  const { delta, message } = choice;
  requireNoErrorIn(choice);
  if (isJsonObject(delta)) requireNoErrorIn(delta);
  if (isJsonObject(message)) requireNoErrorIn(message);
}

function requireNoErrorIn({ error }: JsonObject): void {
  if (error === undefined || !reportsError({ error })) return;
  throw errorFault(Buffer.from(JSON.stringify({ error })));
}

/** What llama-server's router writes into a stream when the server of the model ends. */
const ROUTER_LOST_MODEL = /^proxy error: Failed to read connection/;

/**
 * The fault for text outside the fields of an event stream: a raw line such as `proxy error: …`, which llama-server's
 * router writes, a JSON body in place of a stream, or an error as a field of its own, `error: {…}`, which older
 * llama-servers wrote (ggml-org/llama.cpp#16109).
 */
export function foreignFault(text: Buffer): WireFault {
  if (ROUTER_LOST_MODEL.test(text.toString('latin1')))
    return new WireFault(
      'cut',
      'lost the server of the model, which ended or was unloaded, during the reply',
    );
  const field = /^error:[ \t]*(\S.*)$/m.exec(text.toString('utf8'))?.[1];
  if (field !== undefined) return errorFault(Buffer.from(field));
  if (text[0] === 0x7b) {
    try {
      const parsed: unknown = JSON.parse(text.toString('utf8'));
      if (isJsonObject(parsed) && reportsError(parsed)) return errorFault(Buffer.from(text));
    } catch {
      // Not JSON either.
    }
  }
  return new WireFault('malformed', 'the stream contains text outside its events');
}

/** Is the text outside the fields only the beginning of a field that the end of the stream cut off? */
export function isCutField(fields: EventFields, terminated: boolean): boolean {
  const line = fields.foreign;
  return (
    !terminated && line !== null && ['data:', 'event:', 'retry:'].some((field) => field.startsWith(line))
  );
}
