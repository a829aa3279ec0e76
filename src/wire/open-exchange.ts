import { GatewayError } from '../protocol/errors.ts';
import { systemClock, type Clock } from '../util/clock.ts';
import type { Exchange, ScannedRequest, TargetRequest } from './exchange.ts';
import { LARGE_BODY_BYTES, type LargeBodyOffload } from './large-body/offload.ts';
import type { Asker } from './large-body/worker-link.ts';
import { isTranslatable, translatedExchange, translateTo } from './translations.ts';
import { wireOf, type Endpoint } from './wires.ts';

/** How a request goes to one server: by its own wire, or by another of the same operation. */
export interface Route {
  readonly kind: 'pass-through' | 'translate';
  readonly endpoint: Endpoint;
}

/** A request that was away in the worker, and its exchange; or why there can be none. */
export interface OpenedLarge {
  readonly request: ScannedRequest;
  readonly exchange: Exchange | GatewayError;
}

/** Chooses among a server's endpoints, which stand best first; null where it has none for this request's operation. */
export function chooseRoute({ format }: ScannedRequest, endpoints: readonly Endpoint[]): Route | null {
  const own = endpoints.find((endpoint) => endpoint.format === format);
  const kind = wireOf(format).passThrough === undefined ? 'translate' : 'pass-through';
  if (own !== undefined) return { kind, endpoint: own };
  const other = endpoints.find((endpoint) => isTranslatable(format, endpoint.format));
  return other === undefined ? null : { kind: 'translate', endpoint: other };
}

/** What Laneway answers by itself where a server cannot; null where the request's wire has no such answer. */
export function estimateOf({ format, facts }: ScannedRequest): Buffer | null {
  return wireOf(format).estimate?.(facts) ?? null;
}

/**
 * Must this request be translated elsewhere than on the serving thread (`openLargeExchange`)? Above the size at which
 * it is also read elsewhere: 4 MB of short messages took 100 to 400 ms here, 1 MB 25 ms.
 */
export function isLargeTranslation(request: ScannedRequest, { kind }: Route): boolean {
  return kind === 'translate' && request.body.length > LARGE_BODY_BYTES;
}

/** Prepares a request for one target. Throws a `GatewayError` `unsupported_parameter` for what cannot be carried. */
export function openExchange(
  request: ScannedRequest,
  { kind, endpoint }: Route,
  target: TargetRequest,
  clock: Clock = systemClock,
): Exchange {
  const passed =
    kind === 'pass-through' ? wireOf(endpoint.format).passThrough?.(request, endpoint, target, clock) : null;
  return (
    passed ?? translatedExchange(endpoint, request, translateTo(endpoint, request, target), target, clock)
  );
}

/** `openExchange` for a large translation: done in a worker, unless `asker` is gone by then. */
export async function openLargeExchange(
  offload: LargeBodyOffload,
  request: ScannedRequest,
  { endpoint }: Route,
  target: TargetRequest,
  clock: Clock,
  asker: Asker,
): Promise<OpenedLarge> {
  const { request: restored, result } = await offload.translate(request, endpoint, target, asker);
  if (result instanceof GatewayError) return { request: restored, exchange: result };
  return { request: restored, exchange: translatedExchange(endpoint, restored, result, target, clock) };
}
