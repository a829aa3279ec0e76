import type { ChatReply, ChatRequest } from '../protocol/chat.ts';
import type { EmbeddingsReply, EmbeddingsRequest } from '../protocol/embeddings.ts';
import type { StreamEvent } from '../protocol/stream-event.ts';
import type { Operation, Warning } from '../protocol/wire.ts';
import type { ArgumentKeys } from './chat/argument-keys.ts';
import type { AddedField, Body, ScannedRequest, TargetRequest } from './exchange.ts';

/** The neutral vocabulary of each translatable operation: the types that its codecs read and write. */
export interface Vocabulary {
  readonly chat: {
    readonly request: ChatRequest;
    readonly reply: ChatReply;
    readonly replyOptions: ChatReplyOptions;
    readonly notes: ChatNotes;
  };
  readonly embeddings: {
    readonly request: EmbeddingsRequest;
    readonly reply: EmbeddingsReply;
    readonly replyOptions: EmbeddingsReplyOptions;
    readonly notes: never;
  };
}

/** An operation with a neutral vocabulary. */
export type Translatable = Extract<Operation, keyof Vocabulary>;

/**
 * The decoders and encoders of a wire, for both the client's and the upstream's side, which translate through the
 * neutral vocabulary. `Dialect`: how servers of the wire differ.
 */
export interface Codec<O extends Translatable, Dialect> {
  /**
   * Decodes a client's request, with the target's defaults for missing fields. Throws a `GatewayError`:
   * `unsupported_parameter` for content that no other wire can express, `invalid_body` for a value of a wrong type;
   * `param` is the path to the value.
   */
  decodeRequest(request: ScannedRequest, params: Readonly<Record<string, unknown>>): DecodedRequest<O>;
  /** Encodes a unary reply for a client. */
  encodeReply(reply: Vocabulary[O]['reply'], client: ReplyContext<O>): Buffer;
  /**
   * Encodes a request for an upstream. Throws a `GatewayError` `unsupported_parameter` for content that the wire or
   * this model cannot carry; content dropped without changing the meaning is reported in `warnings`.
   */
  encodeRequest(
    request: Vocabulary[O]['request'],
    target: TargetRequest,
    dialect: Dialect,
  ): EncodedRequest<O>;
  /** Decodes a unary reply of an upstream. Throws a `WireFault` if it is invalid. */
  decodeReply(body: Buffer, notes: Vocabulary[O]['notes'] | null): Vocabulary[O]['reply'];
}

/** The codec of a chat wire, whose replies may stream. */
export interface ChatCodec<Dialect> extends Codec<'chat', Dialect> {
  /** Encodes a stream for a client. */
  openEncoder(client: ReplyContext<'chat'>): StreamEncoder;
  /** Decodes a stream of an upstream. */
  openDecoder(notes: ChatNotes | null): StreamDecoder;
  /** Assembles a stream of an upstream into the unary reply of the same wire. */
  openAssembler(): StreamAssembler;
  /** The id under which a client of this wire gets a call; absent: the upstream's. */
  clientCallId?(id: string): string;
}

/** The codec type of a wire by its operation; `never` for operations without a neutral vocabulary. */
export type CodecOf<O extends Operation, Dialect> = O extends 'chat'
  ? ChatCodec<Dialect>
  : O extends Translatable
    ? Codec<O, Dialect>
    : never;

/** A client's request in the neutral vocabulary. */
export interface DecodedRequest<O extends Translatable> {
  readonly request: Vocabulary[O]['request'];
  readonly warnings: readonly Warning[];
  readonly replyOptions: Vocabulary[O]['replyOptions'];
}

/** Options of a chat request that affect how its reply is encoded. */
export interface ChatReplyOptions {
  /** OpenAI's `stream_options.include_usage`; other wires always report usage. */
  readonly includeUsage: boolean;
  /** The client used OpenAI's deprecated `functions`, whose calls have another shape in the reply (wire case 76). */
  readonly legacyCalls: boolean;
  /** What a reply in OpenAI's Responses API needs; absent: the client's wire is another one. */
  readonly responses?: ResponsesReplyOptions;
}

/** What a reply in OpenAI's Responses API needs of its request. Plain data: it is sent between threads. */
export interface ResponsesReplyOptions {
  /** The settings of the request that the reply repeats, by their keys. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The client asked for `reasoning.encrypted_content`. */
  readonly encrypted: boolean;
  /** The tools that are sent under another name or in another form, by the name that the model sees. */
  readonly tools: ReadonlyMap<string, ResponsesTool>;
}

/** A tool as the client knows it. */
export interface ResponsesTool {
  readonly name: string;
  /** null: it is in none. */
  readonly namespace: string | null;
  /** It takes plain text, which the model writes as the property `input` of a function. */
  readonly isCustom: boolean;
}

/** Options of an embeddings request that affect how its reply is encoded. */
export interface EmbeddingsReplyOptions {
  /** `base64` encodes little-endian single-precision floats. */
  readonly encoding: 'float' | 'base64';
  readonly vectors: ExpectedVectors;
}

/** Number and size of the requested vectors. */
export interface ExpectedVectors {
  readonly count: number;
  /** Numbers per vector; null: any, but the same for all. */
  readonly dimensions: number | null;
}

/** What an encoder needs besides the reply. */
export interface ReplyContext<O extends Translatable> {
  readonly replyOptions: Vocabulary[O]['replyOptions'];
  /** The upstream's model id, for replies that name no model (wire case 93). */
  readonly modelId: string;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** When the request was prepared for this target, in milliseconds since 1970; absent: unknown. */
  readonly startedAt?: number;
  /** Estimated prompt tokens, reported until the upstream has counted them (wire case 48). */
  readonly estimatedInputTokens: number;
}

/** A request in an upstream's wire. */
export interface EncodedRequest<O extends Translatable> {
  readonly body: Body;
  /** What the translation dropped or changed. */
  readonly warnings: readonly Warning[];
  /** The body requests a stream, possibly only to be assembled here. */
  readonly requestsStream: boolean;
  /** What the decoder of the reply needs to know about the request; null: nothing. */
  readonly notes: Vocabulary[O]['notes'] | null;
  /** As in `Exchange`. */
  readonly added?: readonly AddedField[];
}

/** Names that were changed in a chat request. */
export interface ChatNotes {
  /** The client's tool names by the names that were sent (wire case 72). */
  readonly toolNames: ReadonlyMap<string, string>;
  /** The client's property names, for tools with changed ones. */
  readonly argumentKeys?: ArgumentKeys;
}

/** Decodes an upstream's stream. */
export interface StreamDecoder {
  /** Has the last finish reason arrived, so that the reply is complete whatever follows? */
  readonly finished: boolean;
  /** Decodes the data of one event into neutral events, often none. Throws a `WireFault`. */
  read(data: string): readonly StreamEvent[];
  /** The final events of a stream without its end mark. Call only when `finished`. */
  end(): readonly StreamEvent[];
}

/** Encodes a client's stream. */
export interface StreamEncoder {
  /** The event in the client's wire, or '' if there is nothing to write yet. The end mark follows `reply-finish`. */
  write(event: StreamEvent): string;
}

/** Assembles one stream into a unary reply. */
export interface StreamAssembler {
  /** Has any content arrived, or the finish reason? */
  readonly hasContent: boolean;
  /** Has the last finish reason arrived, so that the reply is complete whatever follows? */
  readonly finished: boolean;
  /** Has the end mark arrived, so that the rest of the stream is not needed? */
  readonly ended: boolean;
  /** Adds the data of one event. Throws a `WireFault`. */
  take(data: string): void;
  /** The unary reply as JSON bytes. Call only when `finished`. */
  body(): Buffer;
}
