import type { Operation, WireFormat } from '../protocol/wire.ts';
import type { Clock } from '../util/clock.ts';
import type { CodecOf } from './codec.ts';
import type { Exchange, ScannedRequest, TargetRequest } from './exchange.ts';
import type { Framing } from './framing/framing.ts';

/**
 * One format of one operation. Its requests are scanned, then passed through as bytes to upstreams that speak the same
 * wire, or translated for upstreams that speak another wire of the operation. `Dialect`: how servers of the wire
 * differ.
 */
export interface Wire<F extends WireFormat, O extends Operation, Dialect> {
  readonly format: F;
  readonly operation: O;
  /** How its streams are split into events; null: it never streams. */
  readonly framing: Framing | null;
  /**
   * The read phase. `contentType`: the header of the request, for wires that take forms besides JSON. Throws a
   * `GatewayError` `invalid_json` or `invalid_body`.
   */
  scan(body: Buffer, contentType?: string): ScannedRequest;
  /**
   * Passes a request to an upstream of the same wire: the client's bytes are sent with a patch, and the reply's bytes
   * returned. Throws a `GatewayError` for content that this upstream cannot take. If absent, requests are translated
   * through the neutral vocabulary even then, which drops what it cannot express.
   */
  passThrough?(
    request: ScannedRequest,
    endpoint: DialectEndpoint<Dialect>,
    target: TargetRequest,
    clock: Clock,
  ): Exchange;
  /** null: it is never translated. */
  readonly codec: CodecOf<O, Dialect> | null;
  /**
   * Returns the request without thinking blocks signed by other models. Blocks with a signature in `keptSignatures`
   * stay; null: all but unsigned ones. Absent: requests of this wire never contain thinking.
   */
  withoutThinking?(request: ScannedRequest, keptSignatures: readonly string[] | null): ScannedRequest;
  /** The reply that Laneway makes itself if a target's server has no endpoint of this wire. Absent: none. */
  estimate?(request: ScannedRequest): Buffer;
  /**
   * Many servers lack this endpoint although their type lists it: 404, 405 or 501 means that, and does not count against
   * the target. Absent: a server of that type has it.
   */
  readonly isOptional?: true;
  /**
   * The reply to a request that needs no model, such as one that only loads one; null: it needs one. `wall`:
   * milliseconds since 1970. Absent: every request needs a model.
   */
  ownReply?(request: ScannedRequest, wall: number): Buffer | null;
  /** What a client can do if no target has an endpoint of this wire, as the end of a sentence. Absent: nothing. */
  readonly hint?: string;
}

/** The path of a wire on a server, and the server's dialect. */
export interface DialectEndpoint<Dialect> {
  /** Relative to the base URL, with a leading slash: `/chat/completions`. */
  readonly path: string;
  readonly dialect: Dialect;
  /** Ids of the models that speak this wire and no other of its operation: every request to them uses it. */
  readonly models?: RegExp;
  /** Which requests it serves; absent: all. */
  readonly scope?: EndpointScope;
}

/**
 * Which requests an endpoint serves, where its server has another endpoint that serves the others better. Names of
 * top-level fields, as clients send them; one that is null, false or 0 counts as absent.
 */
export interface EndpointScope {
  /** Only requests with one of these: the other endpoint cannot carry them. */
  readonly onlyWith: readonly string[];
  /** No request with one of these, and none to a target with such a default: it ignores them. */
  readonly neverWith: readonly string[];
}

/** The dialect of a wire whose servers do not differ. */
export type NoDialect = Readonly<Record<never, never>>;
