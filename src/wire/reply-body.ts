import { reportsError } from './upstream-error-body.ts';
import { WireFault } from './fault.ts';
import { isJsonObject, type JsonObject } from './json/value.ts';
import { errorFault } from './stream/stream-fault.ts';

/**
 * Parses a unary reply, which must be a JSON object. Throws a `WireFault`: `malformed` if it is not one, `error_event`
 * for an error with status 200.
 */
export function parseReply(body: Buffer, parse: (text: string) => unknown = JSON.parse): JsonObject {
  let reply: unknown;
  try {
    reply = parse(body.toString('utf8'));
  } catch {
    throw new WireFault('malformed', 'the reply is not JSON');
  }
  if (!isJsonObject(reply)) throw new WireFault('malformed', 'the reply is not a JSON object');
  if (reportsError(reply)) throw errorFault(body);
  return reply;
}
