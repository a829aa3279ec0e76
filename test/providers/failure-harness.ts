import type { Failure } from '../../src/protocol/failure.ts';
import { classifyReply } from '../../src/providers/failure/reply-failure.ts';
import type { FailedReply } from '../../src/providers/provider.ts';

/** A reply with a failing status; an object becomes JSON. */
export function reply(
  status: number,
  body: unknown = '',
  headers: Readonly<Record<string, string>> = {},
  outputLimit: number | null = null,
): FailedReply {
  return {
    status,
    header: (name) => headers[name] ?? null,
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    outputLimit,
  };
}

/** Noon, 1 January 2026. */
export const NOON = Date.UTC(2026, 0, 1, 12);

/** Classifies a reply at noon. */
export function meaningOf(...parts: Parameters<typeof reply>): Failure {
  return classifyReply(reply(...parts), NOON);
}
