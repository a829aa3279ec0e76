import type { FastifyRequest } from 'fastify';

import { GatewayError } from '../protocol/errors.ts';

/**
 * `If-Match` with another generation than the present one: somebody was faster (API section 3). Throws 412. Gives the
 * generation asked for, which the registry judges again when the change has its turn; null: none was asked for.
 */
export function requireGeneration(request: FastifyRequest, generation: number): number | null {
  const asked = request.headers['if-match'];
  if (asked === undefined) return null;
  // Proxies that compress make tags weak; the generation is the same.
  const tags = asked.split(',').map((tag) => /^(?:W\/)?"?([^"]*)"?$/.exec(tag.trim())?.[1]);
  if (tags.includes('*')) return null;
  if (tags.includes(String(generation))) return generation;
  throw new GatewayError(
    'generation_mismatch',
    `If-Match asks for generation ${asked.slice(0, 100)}; it is ${generation} now`,
  );
}
