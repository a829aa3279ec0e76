import { WireFault } from '../../exchange.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';

/** The object that one event of a Messages stream holds. Throws a `WireFault` `malformed` when it is none, or typeless. */
export function parseEvent(data: string): JsonObject {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    throw new WireFault('malformed', 'an event of the stream is not JSON');
  }
  if (!isJsonObject(event) || (typeof event['type'] !== 'string' && event['error'] === undefined)) {
    throw new WireFault('malformed', 'an event of the stream has no type');
  }
  return event;
}
