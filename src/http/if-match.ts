import type { FastifyRequest } from 'fastify';

import { GatewayError } from '../protocol/errors.ts';

/**
 * Checks `If-Match` against the current generation. Throws 412 when it differs: another change came first. Returns the
 * required generation, which the registry checks again when it applies the change; null when none was required.
 */
export function requireGeneration(request: FastifyRequest, generation: number): number | null {
  const required = request.headers['if-match'];
  if (required === undefined) return null;
  // Compressing proxies make tags weak; the generation is the same.
  const tags = required.split(',').map((tag) => /^(?:W\/)?"?([^"]*)"?$/.exec(tag.trim())?.[1]);
  if (tags.includes('*')) return null;
  if (tags.includes(String(generation))) return generation;
  throw new GatewayError(
    'generation_mismatch',
    `If-Match requires generation ${required.slice(0, 100)}, but the current generation is ${generation}`,
  );
}
