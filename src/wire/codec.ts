import type { ChatReply, ChatRequest } from '../protocol/chat.ts';
import type { EmbeddingsReply, EmbeddingsRequest } from '../protocol/embeddings.ts';
import type { StreamEvent } from '../protocol/stream-event.ts';
import type { Operation, Warning } from '../protocol/wire.ts';
import type { Body, ScannedRequest, TargetRequest } from './exchange.ts';

/** The neutral words of each operation that can be translated: what its codecs read and write. */
export interface Vocabulary {
  readonly chat: {
    readonly request: ChatRequest;
    readonly reply: ChatReply;
    readonly wishes: ChatWishes;
    readonly notes: ChatNotes;
  };
  readonly embeddings: {
    readonly request: EmbeddingsRequest;
    readonly reply: EmbeddingsReply;
    readonly wishes: EmbeddingsWishes;
    readonly notes: never;
  };
}

/** An operation that has neutral words. */
export type Translatable = Extract<Operation, keyof Vocabulary>;

/** A wire that can be translated, in both directions and towards both sides. `Dialect` is how a server differs. */
export interface Codec<O extends Translatable, Dialect> {
  /**
   * Reads a client's request with the target's defaults for what it left out. Throws a `GatewayError`:
   * `unsupported_parameter` for what no other wire can express, `invalid_body` for a value of a wrong type; `param` is
   * the path to it.
   */
  decodeRequest(request: ScannedRequest, params: Readonly<Record<string, unknown>>): DecodedRequest<O>;
  /** Writes a whole reply for a client. */
  encodeReply(reply: Vocabulary[O]['reply'], client: ReplyContext<O>): Buffer;
  /**
   * Writes a request for an upstream. Throws a `GatewayError` `unsupported_parameter` for what the wire, or this
   * model, cannot carry; what it leaves out without changing the sense is reported in `warnings`.
   */
  encodeRequest(
    request: Vocabulary[O]['request'],
    target: TargetRequest,
    dialect: Dialect,
  ): EncodedRequest<O>;
  /** Reads a whole reply of an upstream. Throws a `WireFault` when it is none. */
  decodeReply(body: Buffer, notes: Vocabulary[O]['notes'] | null): Vocabulary[O]['reply'];
}

/** A wire of chats: its replies may stream. */
export interface ChatCodec<Dialect> extends Codec<'chat', Dialect> {
  /** Writes a stream for a client. */
  openEncoder(client: ReplyContext<'chat'>): StreamEncoder;
  /** Reads a stream of an upstream. */
  openDecoder(notes: ChatNotes | null): StreamDecoder;
  /** Puts a stream of an upstream together into the whole reply that the same wire would have given. */
  openAssembler(): StreamAssembler;
}

/** The codec of a wire by its operation; none for operations without neutral words. */
export type CodecOf<O extends Operation, Dialect> = O extends 'chat'
  ? ChatCodec<Dialect>
  : O extends Translatable
    ? Codec<O, Dialect>
    : never;

/** A client's request in neutral words. */
export interface DecodedRequest<O extends Translatable> {
  readonly request: Vocabulary[O]['request'];
  readonly warnings: readonly Warning[];
  readonly wishes: Vocabulary[O]['wishes'];
}

/** What the client of a chat wants to see of the reply. */
export interface ChatWishes {
  /** OpenAI's `stream_options.include_usage`; other wires always report the usage. */
  readonly includeUsage: boolean;
  /** The client used OpenAI's older `functions`, whose calls are answered in another shape (wire case 76). */
  readonly legacyCalls: boolean;
}

/** What the client of embeddings wants to see of the reply. */
export interface EmbeddingsWishes {
  /** `base64`: of little-endian single-precision numbers. */
  readonly encoding: 'float' | 'base64';
  readonly vectors: WantedVectors;
}

/** How many vectors a request asked for, and of which size. */
export interface WantedVectors {
  readonly count: number;
  /** How many numbers each must have; null: as many as the others. */
  readonly dimensions: number | null;
}

/** What the writer of a reply must know. */
export interface ReplyContext<O extends Translatable> {
  readonly wishes: Vocabulary[O]['wishes'];
  /** The model's id as its upstream knows it, for a reply that names none (wire case 93). */
  readonly modelId: string;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** Tokens of the prompt as estimated: reported where the upstream has not counted (wire case 48). */
  readonly estimatedInputTokens: number;
}

/** A request in an upstream's wire. */
export interface EncodedRequest<O extends Translatable> {
  readonly body: Body;
  /** What was lost on the way. */
  readonly warnings: readonly Warning[];
  /** The body asks for a stream, be it only to be put together here. */
  readonly asksForStream: boolean;
  /** What the reader of the reply must know of the request; null: nothing. */
  readonly notes: Vocabulary[O]['notes'] | null;
}

/** What was renamed in a chat request. */
export interface ChatNotes {
  /** By the name under which a tool went out (wire case 72): the client's own. */
  readonly toolNames: ReadonlyMap<string, string>;
}

/** Reads an upstream's stream. */
export interface StreamDecoder {
  /** Has the last finish reason come, so that the reply is whole whatever follows? */
  readonly finished: boolean;
  /** The neutral events that the data of one event stands for; often none. Throws a `WireFault`. */
  read(data: string): readonly StreamEvent[];
  /** The events of the end, where only the end mark was missing. To be called when `finished`. */
  end(): readonly StreamEvent[];
}

/** Writes a client's stream. */
export interface StreamEncoder {
  /** The event in the client's wire, '' when there is nothing to write yet; the end mark follows the finish. */
  write(event: StreamEvent): string;
}

/** Puts one stream together. */
export interface StreamAssembler {
  /** Has the last finish reason come, so that the reply is whole whatever follows? */
  readonly finished: boolean;
  /** Has the end mark come, so that nothing more is needed of the stream? */
  readonly ended: boolean;
  /** Takes the data of one event. Throws a `WireFault`. */
  take(data: string): void;
  /** The whole reply as JSON bytes. To be called when `finished`. */
  body(): Buffer;
}
