import type { Exchange, ScannedRequest } from './exchange.ts';
import type { DialectEndpoint } from './wire.ts';

/** The fields of an exchange that concern its request. */
export type PatchedRequest = Pick<
  Exchange,
  'format' | 'path' | 'isSameWire' | 'requestsStream' | 'body' | 'warnings' | 'added'
>;

/**
 * The fields for a client's request after the patch for one target. `unaryAsStream`: always request a stream (wire
 * case 16).
 */
export function patchedRequest(
  { format, facts }: ScannedRequest,
  { path, dialect }: DialectEndpoint<{ readonly unaryAsStream: boolean }>,
  { body, warnings, added = [] }: Pick<Exchange, 'body' | 'warnings' | 'added'>,
): PatchedRequest {
  const requestsStream = facts.stream || dialect.unaryAsStream;
  return { format, path, isSameWire: true, requestsStream, body, warnings, added };
}
