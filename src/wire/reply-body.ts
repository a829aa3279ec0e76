import { saysError } from './error-body.ts';
import { WireFault } from './fault.ts';
import { isJsonObject, type JsonObject } from './json/value.ts';
import { errorFault } from './stream/stream-fault.ts';

/**
 * The JSON object of a whole reply, read by `parse`. Throws a `WireFault`: `malformed` when it is none, `error_event` for
 * an error under a 200.
 */
export function parseReply(body: Buffer, parse: (text: string) => unknown = JSON.parse): JsonObject {
  let reply: unknown;
  try {
    reply = parse(body.toString('utf8'));
  } catch {
    throw new WireFault('malformed', 'the reply is not JSON');
  }
  if (!isJsonObject(reply)) throw new WireFault('malformed', 'the reply is not a JSON object');
  if (saysError(reply)) throw errorFault(body);
  return reply;
}
