import { GatewayError } from '../protocol/errors.ts';
import type { WireFormat } from '../protocol/wire.ts';
import { systemClock, type Clock } from '../util/clock.ts';
import { endpointsFor } from './choose-endpoint.ts';
import type { Exchange, ScannedRequest, TargetRequest } from './exchange.ts';
import { LARGE_BODY_BYTES, type AbortableClient, type LargeBodyOffload } from './large-body/offload.ts';
import { isTranslatable, translatedExchange, translateTo } from './translated-exchange.ts';
import { wireOf, type Endpoint } from './wires.ts';

/** How a request reaches one server: in its own wire, or translated to another wire of the same operation. */
export interface Route {
  readonly kind: 'pass-through' | 'translate';
  readonly endpoint: Endpoint;
}

/** A request that was transferred to the worker, and its exchange or the error. */
export interface OpenedLarge {
  readonly request: ScannedRequest;
  readonly exchange: Exchange | GatewayError;
}

/**
 * The endpoint of the request's own wire, else the first one that it can be translated to; null if none can serve the
 * request's operation. An endpoint whose scope excludes the request is passed over, and for a model that speaks a single
 * wire only the endpoints of that one count. `params`: the target's defaults.
 */
export function chooseRoute(
  request: ScannedRequest,
  everything: readonly Endpoint[],
  params: () => TargetRequest['params'] = () => ({}),
  modelId: string | null = null,
): Route | null {
  const { format } = request;
  const all = endpointsOf(modelId, format, everything);
  const endpoints = all.some(({ scope }) => scope !== undefined)
    ? endpointsFor(
        request,
        all.filter((endpoint) => endpoint.format === format || isTranslatable(format, endpoint.format)),
        params(),
      )
    : all;
  const own = endpoints.find((endpoint) => endpoint.format === format);
  const kind = wireOf(format).passThrough === undefined ? 'translate' : 'pass-through';
  if (own !== undefined) return { kind, endpoint: own };
  const other = endpoints.find((endpoint) => isTranslatable(format, endpoint.format));
  return other === undefined ? null : { kind: 'translate', endpoint: other };
}

/** The endpoints that serve the model, of those that a request of this wire can use. */
function endpointsOf(
  modelId: string | null,
  format: WireFormat,
  all: readonly Endpoint[],
): readonly Endpoint[] {
  if (modelId === null) return all;
  const only = all.filter(
    ({ models, format: other }) =>
      models?.test(modelId) === true && (other === format || isTranslatable(format, other)),
  );
  return only.length === 0 ? all : only;
}

/**
 * The estimate that Laneway returns itself if a server has no endpoint; null if the request's wire has no estimate.
 */
export function estimateOf(request: ScannedRequest): Buffer | null {
  return wireOf(request.format).estimate?.(request) ?? null;
}

/**
 * Must this request be translated in the worker (`openLargeExchange`)? The limit is that of the scan: on the serving
 * thread 4 MB of short messages took 100 to 400 ms, 1 MB 25 ms.
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
  const passThrough =
    kind === 'pass-through' ? wireOf(endpoint.format).passThrough?.(request, endpoint, target, clock) : null;
  return (
    passThrough ??
    translatedExchange(endpoint, request, translateTo(endpoint, request, target), target, clock)
  );
}

/** `openExchange` for a large translation, in the worker. Dropped if `client` disconnects while the task is queued. */
export async function openLargeExchange(
  offload: LargeBodyOffload,
  request: ScannedRequest,
  { endpoint }: Route,
  target: TargetRequest,
  clock: Clock,
  client?: AbortableClient,
): Promise<OpenedLarge> {
  const { request: restored, result } = await offload.translate(request, endpoint, target, client);
  if (result instanceof GatewayError) return { request: restored, exchange: result };
  return { request: restored, exchange: translatedExchange(endpoint, restored, result, target, clock) };
}
