import type { WireFormat } from '../protocol/wire.ts';
import type { Clock } from '../util/clock.ts';
import { TranslatedChat } from './chat/translated-chat.ts';
import type { CodecOf, ReplyContext, Translatable } from './codec.ts';
import { translatedEmbeddings } from './embeddings/translated-embeddings.ts';
import type { Exchange, ScannedRequest, TargetRequest } from './exchange.ts';
import { translate, type Translation } from './translate.ts';
import { WIRES, type Endpoint } from './wires.ts';

/** A translated request of any operation. */
export type AnyTranslation = Translation<Translatable>;

/** The parts of a translated exchange: an endpoint and its codec, the client's codec, and the translation. */
interface Sides<O extends Translatable> {
  readonly endpoint: Endpoint;
  readonly upstream: CodecOf<O, never>;
  readonly client: CodecOf<O, never>;
  readonly translation: Translation<O>;
  readonly context: ReplyContext<O>;
}

/** Makes the exchange of a translated request, by operation. A missing operation does not compile. */
const EXCHANGES: { readonly [O in Translatable]: (sides: Sides<O>) => Exchange } = {
  chat: ({ endpoint: { format, path }, upstream: codec, client, translation, context }) => {
    const { framing } = WIRES[format];
    if (framing === null) throw new TypeError(`the chat wire ${format} has no framing`);
    return new TranslatedChat({ format, path, framing, codec }, client, translation, context);
  },
  embeddings: ({ endpoint: { format, path }, upstream: codec, client, translation, context }) =>
    translatedEmbeddings({ format, path, codec }, client, translation, context),
};

/** The codecs of a request and of an endpoint. */
interface Codecs {
  readonly operation: Translatable;
  readonly client: CodecOf<Translatable, never>;
  readonly upstream: CodecOf<Translatable, never>;
}

/** Can requests of one wire be translated to the other? Both must have a codec and serve the same operation. */
export function isTranslatable(from: WireFormat, to: WireFormat): boolean {
  return codecsOf(from, to) !== null;
}

/** Translates a request for an endpoint of another wire. Throws as `translate` does. */
export function translateTo(
  endpoint: Endpoint,
  request: ScannedRequest,
  target: TargetRequest,
): AnyTranslation {
  const { client, upstream } = requireCodecs(request.format, endpoint.format);
  return translate(request, target, client, upstream, endpoint.dialect as never);
}

/** The exchange of a translated request. */
export function translatedExchange(
  endpoint: Endpoint,
  request: ScannedRequest,
  translation: AnyTranslation,
  { modelId }: TargetRequest,
  clock: Clock,
): Exchange {
  const { operation, client, upstream } = requireCodecs(request.format, endpoint.format);
  const { replyOptions } = translation;
  const { estimatedTokens: estimatedInputTokens } = request.facts;
  const startedAt = clock.wall();
  const context = { replyOptions, modelId, wall: clock.wall, startedAt, estimatedInputTokens };
  // All parts belong to the same operation, which the type checker cannot follow through a table.
  return EXCHANGES[operation]({ endpoint, upstream, client, translation, context } as never);
}

function codecsOf(from: WireFormat, to: WireFormat): Codecs | null {
  const [client, upstream] = [WIRES[from], WIRES[to]];
  if (client.codec === null || upstream.codec === null || client.operation !== upstream.operation)
    return null;
  return { operation: client.operation, client: client.codec, upstream: upstream.codec };
}

function requireCodecs(from: WireFormat, to: WireFormat): Codecs {
  const codecs = codecsOf(from, to);
  if (codecs === null) throw new TypeError(`no translation from ${from} to ${to}`);
  return codecs;
}
