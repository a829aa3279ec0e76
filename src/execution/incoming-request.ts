import type { RoutingHeaders } from '../protocol/facts.ts';
import type { Surface } from '../wire/surface.ts';
import type { AnyWire } from '../wire/wires.ts';
import type { ClientReply } from './respond/client-reply.ts';

/** A request as the HTTP server accepted it, without its body. */
export interface IncomingRequest {
  readonly id: string;
  readonly endpoint: string;
  readonly wire: AnyWire;
  readonly surface: Surface;
  readonly reply: ClientReply;
  /** Monotonic ms at which the headers had arrived. */
  readonly receivedAt: number;
  /** Monotonic ms at which authentication had ended. */
  readonly authenticatedAt: number;
  /** `receivedAt` in milliseconds since 1970. */
  readonly wallStart: number;
  readonly routing: RoutingHeaders;
  /** The `content-type` of the body; absent where only JSON is accepted. */
  readonly contentType?: string;
  /** Request headers to forward; those of `surface.forwardedHeaders` only to an upstream of the same wire. */
  readonly forwardedHeaders: Readonly<Record<string, string>>;
  /** `x-laneway-hop` as received: the number of gateways that have forwarded this request. */
  readonly hop: number;
  readonly user: string | null;
  readonly clientRequestId: string | null;
  /** Reply headers that HTTP plugins have set (CORS); flat: name, value, name, value. */
  readonly replyHeaders: readonly string[];
}
