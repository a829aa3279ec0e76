import type { GatewayError } from '../protocol/errors.ts';

/**
 * How a client-facing API formats errors and heartbeats, and which headers it uses. A route has a surface besides its
 * wire, which defines the bodies.
 */
export interface Surface {
  /** Request headers forwarded to upstreams that speak the request's own wire, and to no others. Lower-case names. */
  readonly forwardedHeaders: readonly string[];
  /** A request header that only these clients send, by which they are recognised on any path; null: none. */
  readonly clientHeader: string | null;
  /** The response header with the request id that these clients read, besides `x-request-id`; null: none. */
  readonly requestIdHeader: string | null;
  /**
   * May this error body, from an upstream that speaks the request's own wire, be returned unchanged? True if clients
   * match on the vendor's wording (wire case 140).
   */
  passesError(body: Buffer): boolean;
  /** JSON schema of its error bodies and a name for it, for `/docs`; null: the envelope of Laneway's own API. */
  readonly errorSchema: { readonly name: string; readonly schema: object } | null;
  /** The error body of a reply whose headers are not sent yet. */
  errorBody(error: GatewayError, requestId: string): Buffer;
  /** The last event of a stream that failed after its headers were sent; no end mark follows. */
  errorEvent(error: GatewayError, requestId: string): Buffer;
  /** Bytes that keep an idle stream open, with what it waits for in a comment where the framing has comments. */
  heartbeat(waitsFor: string | null): Buffer;
  /** A comment that names the target, for streams whose headers were sent before it was chosen. */
  targetComment(target: string): Buffer;
}
