import type { FastifyRequest } from 'fastify';

/** `Prefer: respond-async` (RFC 7240, section 4.1). */
export function wantsAsync({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return /(?:^|[\s,])respond-async(?:$|[\s,;])/i.test([headers.prefer ?? ''].flat().join());
}
