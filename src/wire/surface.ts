import type { GatewayError } from '../protocol/errors.ts';

/**
 * What a family of clients expects around the bodies of its wires: how errors look, how a silent stream is kept open,
 * which headers matter. A route names its surface beside its wire.
 */
export interface Surface {
  /** Request headers that are forwarded, but only to an upstream that speaks the request's own wire. Lower-case names. */
  readonly forwardedHeaders: readonly string[];
  /** The header in which these clients look for the request's id, besides `x-request-id`; null: none. */
  readonly requestIdHeader: string | null;
  /**
   * May this error body of an upstream that speaks the request's own wire go to the client as it is? True where clients
   * match on the vendor's own wording (wire case 140).
   */
  passesError(body: Buffer): boolean;
  /** The error envelope of a reply whose head is not sent yet. */
  errorBody(error: GatewayError, requestId: string): Buffer;
  /** The last event of a stream that failed after its head was sent: no end mark follows. */
  errorEvent(error: GatewayError, requestId: string): Buffer;
  /** Keeps a silent stream open. */
  heartbeat(): Buffer;
  /** Names the target in a stream whose head was sent before one was chosen. */
  targetComment(target: string): Buffer;
}
