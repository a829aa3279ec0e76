import type { RequestFacts } from '../protocol/facts.ts';
import type { Operation, WireFormat } from '../protocol/wire.ts';
import type { Clock } from '../util/clock.ts';
import type { CodecOf } from './codec.ts';
import type { Exchange, ScannedRequest, TargetRequest } from './exchange.ts';
import type { Framing } from './framing/framing.ts';

/**
 * One format for one operation. A request of it is scanned, goes as bytes to an upstream that speaks it too, or is
 * translated where another wire of the same operation is spoken there. `Dialect`: how servers of it differ.
 */
export interface Wire<F extends WireFormat, O extends Operation, Dialect> {
  readonly format: F;
  readonly operation: O;
  /** How its streams are cut into events; null: it never streams. */
  readonly framing: Framing | null;
  /** The read phase. Throws a `GatewayError` `invalid_json` or `invalid_body`. */
  scan(body: Buffer): ScannedRequest;
  /**
   * Client and upstream both speak it: the client's bytes go out with a patch, the reply's come back. Throws a
   * `GatewayError` for what this upstream cannot take. Absent: it goes through the neutral vocabulary as to any other
   * wire, which loses what that has no word for.
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
   * The request without thinking that was signed by others; `kept` names the signatures that stay, null: all but empty
   * ones. Absent: its requests never hold any.
   */
  withoutThinking?(request: ScannedRequest, kept: readonly string[] | null): ScannedRequest;
  /** The answer that Laneway gives by itself where a target's server has no endpoint of this wire. Absent: none. */
  estimate?(facts: RequestFacts): Buffer;
  /** What a caller may do where no target has an endpoint of this wire, as the end of a sentence. Absent: nothing. */
  readonly hint?: string;
}

/** Where a server speaks a wire, and how. */
export interface DialectEndpoint<Dialect> {
  /** Below the base URL, with a leading slash: `/chat/completions`. */
  readonly path: string;
  readonly dialect: Dialect;
}

/** The dialect of a wire whose servers do not differ. */
export type NoDialect = Readonly<Record<never, never>>;
