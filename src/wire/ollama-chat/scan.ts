import type { ScannedRequest } from '../exchange.ts';

/** Scans a client's request. Throws a `GatewayError` `invalid_json` or `invalid_body`. */
export function scanOllamaChat(body: Buffer): ScannedRequest {
  throw new Error(`not built ${body.length}`);
}
