import type { WireFormat } from '../protocol/wire.ts';
import type { Clock } from '../util/clock.ts';
import { TranslatedChat } from './chat/translated-chat.ts';
import type { ChatCodec } from './codec.ts';
import type { Exchange, ScannedRequest, TargetRequest } from './exchange.ts';
import { translate, type Translation } from './translate.ts';
import { WIRES, type Endpoint } from './wires.ts';

/** A translated request. */
export type AnyTranslation = Translation<'chat'>;

/** Can a request of one wire be translated into the other? Both must serve one operation that has neutral words. */
export function isTranslatable(from: WireFormat, to: WireFormat): boolean {
  return chatCodecOf(from) !== null && chatCodecOf(to) !== null;
}

/** Translates a request for an endpoint of another wire. Throws as `translate` does. */
export function translateTo(
  endpoint: Endpoint,
  request: ScannedRequest,
  target: TargetRequest,
): AnyTranslation {
  const [client, upstream] = [chatCodecOf(request.format), chatCodecOf(endpoint.format)];
  if (client === null || upstream === null) throw untranslatable(request.format, endpoint.format);
  return translate(request, target, client, upstream, endpoint.dialect);
}

/** The exchange of a translated request. */
export function translatedExchange(
  { format, path }: Endpoint,
  request: ScannedRequest,
  translation: AnyTranslation,
  clock: Clock,
): Exchange {
  const [client, codec] = [chatCodecOf(request.format), chatCodecOf(format)];
  const { framing } = WIRES[format];
  if (client === null || codec === null || framing === null) throw untranslatable(request.format, format);
  const { wishes } = translation;
  const { estimatedTokens: estimatedInputTokens } = request.facts;
  const context = { wishes, wall: clock.wall, estimatedInputTokens };
  return new TranslatedChat({ format, path, framing, codec }, client, translation, context);
}

function chatCodecOf(format: WireFormat): ChatCodec<unknown> | null {
  const wire = WIRES[format];
  return wire.operation === 'chat' ? wire.codec : null;
}

function untranslatable(from: WireFormat, to: WireFormat): TypeError {
  return new TypeError(`there is no translation from ${from} to ${to}`);
}
