import { reportsError } from '../../upstream-error-body.ts';
import { WireFault } from '../../fault.ts';
import { isJsonObject } from '../../json/value.ts';
import { errorFault } from '../../stream/stream-fault.ts';
import type { MutableJson } from '../normalize/context.ts';

/** The end mark of a stream, with any white space that servers put around it (wire case 3). */
export function isDone(data: string): boolean {
  return data.startsWith('[DONE]') && data.trim() === '[DONE]';
}

/** The fault of an end mark before the last finish reason. */
export function doneTooSoon(): WireFault {
  return new WireFault('cut', 'ended its stream without a finish reason');
}

/**
 * Parses the data of one event other than the end mark. Throws a `WireFault`: `error_event` when it reports an error in
 * any known way (wire case 14), `malformed` when it is not a JSON object.
 */
export function readChunk(data: string): MutableJson {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch {
    throw new WireFault('malformed', 'an event of the stream is not JSON');
  }
  if (!isJsonObject(chunk)) throw new WireFault('malformed', 'an event of the stream is not a JSON object');
  if (reportsError(chunk)) throw errorFault(Buffer.from(data));
  const groq = chunk['x_groq'];
  if (isJsonObject(groq) && reportsError(groq)) {
    throw errorFault(Buffer.from(JSON.stringify({ error: groq['error'] })));
  }
  return chunk;
}
