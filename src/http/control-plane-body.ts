import { GatewayError } from '../protocol/errors.ts';

/** Largest body of Laneway's own API (API section 1). */
export const CONTROL_PLANE_BODY_MAX_BYTES = 1024 * 1024;

/** The JSON of a body that Fastify left as bytes; none is `{}`. */
export function jsonBody(body: unknown): unknown {
  if (!(body instanceof Buffer) || body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new GatewayError(
      'invalid_json',
      `the body is not JSON: ${error instanceof Error ? error.message : ''}`,
    );
  }
}
