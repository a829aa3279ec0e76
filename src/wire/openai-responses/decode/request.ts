import type { DecodedRequest } from '../../codec.ts';
import type { ScannedRequest } from '../../exchange.ts';

/** Decodes a client's request. */
export function decodeResponsesRequest(
  source: ScannedRequest,
  params: Readonly<Record<string, unknown>>,
): DecodedRequest<'chat'> {
  throw new Error(`not built ${source.format} ${Object.keys(params).length}`);
}
