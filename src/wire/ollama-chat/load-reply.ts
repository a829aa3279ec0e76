import type { ScannedRequest } from '../exchange.ts';
import { fieldValue } from '../json/scan.ts';

/** Durations that mean zero, as Go writes them: `0`, `0s`, `0m0s`. */
const NO_TIME = /^0[0.hmsunµ]*$/;

/**
 * The reply to a request without content, which asks Ollama to load a model, or with `keep_alive` 0 to unload it; null
 * for any other request. Laneway loads a model with its first request. `content` is the empty content of the reply in
 * the shape of the call; `wall` is in milliseconds since 1970.
 */
export function loadReply(request: ScannedRequest, content: object, wall: number): Buffer | null {
  if (request.isEmpty !== true) return null;
  const { body, fields, facts } = request;
  const unloads = isNoTime(fieldValue(body, fields, 'keep_alive'));
  return Buffer.from(
    JSON.stringify({
      model: facts.model ?? 'auto',
      created_at: new Date(wall).toISOString(),
      ...content,
      done: true,
      done_reason: unloads ? 'unload' : 'load',
    }),
  );
}

function isNoTime(value: unknown): boolean {
  return value === 0 || (typeof value === 'string' && NO_TIME.test(value));
}
