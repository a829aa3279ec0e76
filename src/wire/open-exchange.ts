import { GatewayError } from '../protocol/errors.ts';
import { systemClock, type Clock } from '../util/clock.ts';
import { MessagesSameWireExchange } from './anthropic-messages/pass-through.ts';
import { LARGE_BODY_BYTES, type BodyReader } from './large-body/offload.ts';
import type { ClientWire } from './client-wire.ts';
import type { ClientOptions } from './codec.ts';
import { codecOf } from './codecs.ts';
import type { ClientRequest, Exchange, TargetRequest, UpstreamDialect } from './exchange.ts';
import { HubExchange } from './hub.ts';
import { SameWireExchange } from './openai-chat/pass-through.ts';
import { restoreToolNames } from './restore-tool-names.ts';
import { translate, type Translation } from './translate.ts';
import type { Asker } from './large-body/worker-link.ts';

/** A request that was away in the worker, and its exchange; or why there can be none. */
export interface OpenedLarge {
  readonly request: ClientRequest;
  readonly exchange: Exchange | GatewayError;
}

/**
 * Must this request be translated elsewhere than on the serving thread (`openLargeExchange`)? From the size on at which
 * it is also read elsewhere: 4 MB of short messages took 100 to 400 ms here, 1 MB 25 ms.
 */
export function isLargeTranslation(request: ClientRequest, dialect: UpstreamDialect): boolean {
  return request.body.length > LARGE_BODY_BYTES && request.wire !== dialect.wire;
}

/**
 * Prepares a client's request for one target: by its own bytes where both speak the same wire, else by way of the hub.
 * Throws a `GatewayError` `unsupported_parameter` for what the target's wire cannot carry.
 */
export function openExchange(
  request: ClientRequest,
  dialect: UpstreamDialect,
  target: TargetRequest,
  clock: Clock = systemClock,
): Exchange {
  if (request.wire === dialect.wire) return openSameWire(request, dialect, target, clock);
  const translation = translate(request, dialect, target, codecOf(request.wire), codecOf(dialect.wire));
  return hubExchange(request, dialect, translation, clock);
}

/** `openExchange` for a large translation: parsed and written in the worker of `bodies`, unless `asker` is gone by then. */
export async function openLargeExchange(
  bodies: BodyReader,
  wire: ClientWire,
  request: ClientRequest,
  dialect: UpstreamDialect,
  target: TargetRequest,
  clock: Clock,
  asker: Asker,
): Promise<OpenedLarge> {
  const worked = await bodies.translate(wire, request, dialect, target, asker);
  const { made } = worked;
  if (made instanceof GatewayError) return { request: worked.request, exchange: made };
  return { request: worked.request, exchange: hubExchange(worked.request, dialect, made, clock) };
}

/** What the writer of a reply must know of the request it answers. */
export function clientOptions(
  request: ClientRequest,
  { includeUsage, legacyCalls = false }: Pick<Exchange, 'includeUsage' | 'legacyCalls'>,
  clock: Clock,
): ClientOptions {
  const { estimatedTokens } = request.facts;
  return { wall: () => clock.wall(), includeUsage, legacyCalls, estimatedInputTokens: estimatedTokens };
}

function openSameWire(
  request: ClientRequest,
  dialect: UpstreamDialect,
  target: TargetRequest,
  clock: Clock,
): Exchange {
  switch (dialect.wire) {
    case 'openai-chat':
      return new SameWireExchange(request, dialect, target, clock);
    case 'anthropic-messages':
      return new MessagesSameWireExchange(request, dialect, target);
  }
}

function hubExchange(
  request: ClientRequest,
  dialect: UpstreamDialect,
  translation: Translation,
  clock: Clock,
): HubExchange {
  const options = clientOptions(request, translation, clock);
  const upstream = restoreToolNames(codecOf(dialect.wire), translation.toolNames);
  return new HubExchange(codecOf(request.wire), upstream, translation, options);
}
