import type { Codec, EncodedRequest, Translatable, Vocabulary } from './codec.ts';
import type { ScannedRequest, TargetRequest } from './exchange.ts';
import { translatedDefaults } from './translated-defaults.ts';

/**
 * A client's request in the upstream's wire, with what converting the reply needs. Plain data: it is sent between
 * threads.
 */
export interface Translation<O extends Translatable> extends EncodedRequest<O> {
  readonly replyOptions: Vocabulary[O]['replyOptions'];
}

/**
 * Translates a request from the client's wire to the upstream's, through the neutral vocabulary. For a chat the code
 * is in `decode/` of the client's wire and `encode/` of the upstream's. Throws a `GatewayError`:
 * `unsupported_parameter` for content that cannot be carried, `invalid_body` for a value of a wrong type.
 */
export function translate<O extends Translatable, Dialect>(
  request: ScannedRequest,
  target: TargetRequest,
  client: Pick<Codec<O, never>, 'decodeRequest'>,
  upstream: Pick<Codec<O, Dialect>, 'encodeRequest'>,
  dialect: Dialect,
): Translation<O> {
  const defaults = translatedDefaults(request, target);
  const decoded = client.decodeRequest(request, defaults.params);
  const encoded = upstream.encodeRequest(decoded.request, { ...target, params: defaults.params }, dialect);
  return {
    ...encoded,
    warnings: [...defaults.warnings, ...decoded.warnings, ...encoded.warnings],
    added: [...(encoded.added ?? []), ...defaults.added],
    replyOptions: decoded.replyOptions,
  };
}
