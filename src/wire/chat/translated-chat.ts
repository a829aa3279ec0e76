import type { Warning, WireFormat } from '../../protocol/wire.ts';
import { Assembly } from '../stream/assembly.ts';
import type { ReplyContext } from '../codec.ts';
import type { AddedField, Body, Exchange, StreamTransform, UnaryReply } from '../exchange.ts';
import type { Framing } from '../framing/framing.ts';
import type { Translation } from '../translate.ts';
import { oneShotStream, type ChatReader, type ChatWriter } from './one-shot.ts';
import { callStateOf, callStatesOf } from './calls/call-states.ts';
import { estimatedReplyUsage } from './reply-usage.ts';
import { signaturesOf } from './reply-signatures.ts';
import { TranslatedStream } from './translated-stream.ts';

/** The upstream side of a translated chat. */
export interface UpstreamChat {
  readonly format: WireFormat;
  readonly path: string;
  readonly framing: Framing;
  readonly codec: ChatReader;
}

/**
 * A chat whose client and upstream use different wires: requests and replies are translated through the neutral form.
 */
export class TranslatedChat implements Exchange {
  readonly format: WireFormat;
  readonly path: string;
  readonly isSameWire = false;
  readonly framing: Framing;
  readonly requestsStream: boolean;
  readonly body: Body;
  readonly warnings: readonly Warning[];
  readonly added: readonly AddedField[];
  readonly #upstream: ChatReader;
  readonly #client: ChatWriter;
  readonly #context: ReplyContext<'chat'>;
  readonly #notes: Translation<'chat'>['notes'];

  constructor(
    upstream: UpstreamChat,
    client: ChatWriter,
    translation: Translation<'chat'>,
    context: ReplyContext<'chat'>,
  ) {
    this.format = upstream.format;
    this.path = upstream.path;
    this.framing = upstream.framing;
    this.requestsStream = translation.requestsStream;
    this.body = translation.body;
    this.warnings = translation.warnings;
    this.added = translation.added ?? [];
    this.#upstream = upstream.codec;
    this.#client = client;
    this.#context = context;
    this.#notes = translation.notes;
  }

  unary(body: Buffer): UnaryReply {
    const decoded = this.#upstream.decodeReply(body, this.#notes);
    const { model, parts } = decoded;
    const usage = decoded.usage ?? estimatedReplyUsage(decoded, this.#context);
    return {
      body: this.#client.encodeReply({ ...decoded, usage }, this.#context),
      usage,
      model,
      signatures: signaturesOf(parts),
      ...callStatesOf(parts, this.#client),
    };
  }

  stream(): StreamTransform {
    const decoder = this.#upstream.openDecoder(this.#notes);
    const client = this.#client;
    return new TranslatedStream(this.framing, decoder, client.openEncoder(this.#context), {
      stateOf: (id, state) => callStateOf(id, state, client),
      estimatedInputTokens: this.#context.estimatedInputTokens,
    });
  }

  assemble(): StreamTransform {
    return new Assembly(this.framing, this.#upstream.openAssembler());
  }

  oneShot(body: Buffer): UnaryReply {
    return oneShotStream(body, this.#upstream, this.#client, this.#context, this.#notes);
  }
}
