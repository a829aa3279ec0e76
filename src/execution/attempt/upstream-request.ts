import type { UpstreamRequest } from '../../providers/provider.ts';
import type { Exchange, TargetRequest } from '../../wire/exchange.ts';
import type { Route } from '../../wire/open-exchange.ts';
import { outputRoom } from '../../wire/output-limit.ts';
import type { IncomingRequest } from '../incoming-request.ts';
import type { Attempt } from './attempt-context.ts';
import { paramsFor } from './params.ts';
import { withheldFields } from './withheld.ts';

/** What the wires need to know about the target of an attempt, which is asked by this route. */
export function targetRequest(attempt: Attempt, route: Route): TargetRequest {
  const { context, plan, target, provider, ports, omitted } = attempt;
  // A client of the target's own wire keeps the states itself.
  const known = route.kind === 'pass-through' ? null : ports.callStates.known;
  return {
    modelId: target.upstreamId,
    params: paramsFor(attempt),
    maxOutputTokens: smaller(target.capabilities.max_output_tokens, omitted.largestOutput),
    outputRoom: outputRoom(target.capabilities.context_length ?? null, plan.facts),
    rules: target.rules ?? provider.settings.rulesFor?.(target.upstreamId) ?? null,
    trustedStream: provider.settings.trustedStream,
    headers: context.incoming.forwardedHeaders,
    ...(known === null ? null : { callStates: { target: target.id, byCall: known } }),
    withheld: withheldFields(attempt, route.endpoint.format),
    reasons: target.capabilities.supports_reasoning === true,
  };
}

function smaller(known: number | undefined, named: number | null): number | null {
  return named === null ? (known ?? null) : Math.min(known ?? Infinity, named);
}

/** The HTTP request of an attempt. */
export function upstreamRequest({ context }: Attempt, exchange: Exchange): UpstreamRequest {
  const { incoming } = context;
  return {
    method: 'POST',
    path: exchange.path,
    headers: {
      'content-type': exchange.contentType ?? 'application/json',
      'x-laneway-hop': String(incoming.hop + 1),
      ...forwardedHeaders(incoming, exchange),
    },
    body: exchange.body,
  };
}

/** A surface's own headers, such as its version and beta flags, have no meaning in another wire. */
function forwardedHeaders(
  { forwardedHeaders: headers, surface }: IncomingRequest,
  { isSameWire }: Exchange,
): Readonly<Record<string, string>> {
  if (isSameWire) return headers;
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !surface.forwardedHeaders.includes(name)),
  );
}
