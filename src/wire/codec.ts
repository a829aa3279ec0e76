import type { ChatReply, ChatRequest } from '../protocol/chat.ts';
import type { StreamEvent } from '../protocol/stream-event.ts';
import type { Warning, WireFormat } from '../protocol/wire.ts';
import type { Body, ClientRequest, TargetRequest, UpstreamDialect } from './exchange.ts';
import type { SseFields } from './framing/sse.ts';

/** One wire in both directions and towards both sides, through the neutral words of `protocol/chat.ts`. */
export interface WireCodec {
  readonly format: WireFormat;

  /**
   * Reads a client's request with the target's defaults for what it left out. Throws a `GatewayError`:
   * `unsupported_parameter` for what no other wire can express, `invalid_body` for a value of a wrong type; `param` is
   * the path to it.
   */
  decodeRequest(request: ClientRequest, params: Readonly<Record<string, unknown>>): DecodedRequest;
  /** Writes a whole reply for a client. */
  encodeReply(reply: ChatReply, client: ClientOptions): Buffer;
  /** Writes a stream for a client. */
  openEncoder(client: ClientOptions): StreamEncoder;

  /**
   * Writes a request for an upstream. Throws a `GatewayError` `unsupported_parameter` for what the wire, or this
   * model, cannot carry; what it leaves out without changing the sense is told in `warnings`.
   */
  encodeRequest(request: ChatRequest, target: TargetRequest, dialect: UpstreamDialect): EncodedRequest;
  /** Reads a whole reply of an upstream. Throws a `WireFault` when it is none. */
  decodeReply(body: Buffer): ChatReply;
  /** Reads a stream of an upstream. */
  openDecoder(): StreamDecoder;
  /** Puts a stream of an upstream together into the whole reply that the same wire would have given. */
  openAssembler(): StreamAssembler;
}

/** A client's request in neutral words. */
export interface DecodedRequest {
  readonly request: ChatRequest;
  readonly warnings: readonly Warning[];
  /** OpenAI's `stream_options.include_usage`; other wires always tell the usage. */
  readonly includeUsage: boolean;
  /** The client used OpenAI's older `functions`, whose calls are answered in another shape (wire case 76). Absent: no. */
  readonly legacyCalls?: boolean;
}

/** What a reply's writer must know of the request. */
export interface ClientOptions {
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  readonly includeUsage: boolean;
  /** Tokens of the prompt as estimated: told where the upstream has not counted yet (wire case 48). */
  readonly estimatedInputTokens: number;
  /** As in `DecodedRequest`. */
  readonly legacyCalls?: boolean;
}

/** A request in an upstream's wire, and what was lost on the way there. */
export interface EncodedRequest {
  readonly body: Body;
  readonly warnings: readonly Warning[];
  /** Tools that go out under another name (wire case 72): by that name, the client's own. Absent: none. */
  readonly toolNames?: ReadonlyMap<string, string>;
}

/** Reads an upstream's stream. */
export interface StreamDecoder {
  /** The events that one server-sent event stands for; often none. Throws a `WireFault`. */
  read(fields: SseFields): readonly StreamEvent[];
  /** The events that the end of the body brings about: the finish, where only the end mark was missing. */
  end(): readonly StreamEvent[];
}

/** Writes a client's stream. */
export interface StreamEncoder {
  /** The event in the client's wire, '' when there is nothing to say yet; the end mark follows the finish. */
  write(event: StreamEvent): string;
}

/** Puts one stream together. */
export interface StreamAssembler {
  /** Takes one server-sent event. Throws a `WireFault`. */
  take(fields: SseFields): void;
  /** Has the reply ended, so that nothing more is needed of the stream? */
  readonly whole: boolean;
  /** The whole reply as JSON bytes. Throws a `WireFault` (`cut`) when no finish reason came. */
  body(): Buffer;
}
