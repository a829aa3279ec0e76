import { GatewayError } from '../../protocol/errors.ts';
import type { Exchange, ScannedRequest } from '../../wire/exchange.ts';
import { isLargeTranslation, openExchange, openLargeExchange, type Route } from '../../wire/open-exchange.ts';
import type { Attempt } from './attempt-context.ts';
import { targetRequest } from './upstream-request.ts';

/**
 * Prepares the request in the wire of the target. Signed thinking goes only to the target that made it; thinking of
 * unknown origin goes to any target, and unsigned thinking to none that speaks the request's own wire. Synchronous,
 * except for large bodies, which a worker edits and translates. Throws, or rejects with, a `GatewayError`.
 */
export function prepareExchange(
  attempt: Attempt,
  request: ScannedRequest,
  route: Route,
): Exchange | Promise<Exchange> {
  const { context, target, trace, withoutThinking, ports } = attempt;
  const { signatures, hasUnsignedThinking } = request;
  const isSigned = signatures.length > 0;
  if (!isSigned && !hasUnsignedThinking) return open(attempt, request, route, true);
  const kept = withoutThinking ? [] : isSigned ? ports.affinity.shownTo(target.id, signatures) : null;
  // A translation drops unsigned thinking itself, or writes it as text that needs no signature.
  const isRejected = hasUnsignedThinking && route.kind === 'pass-through';
  if (kept === null && !isRejected) return open(attempt, request, route, true);
  const reason = withoutThinking ? 'refused by' : kept === null ? 'not signed for' : 'not made by';
  trace.warn({ code: 'thinking_stripped', detail: `${reason} ${target.id}` });
  const stripped = ports.bodies.withoutThinking(request, kept, context.incoming.reply);
  if (stripped instanceof Promise) {
    return stripped.then(({ request: restored, result }) => {
      context.body.keep(restored);
      if (result instanceof GatewayError) throw result;
      return open(attempt, result, route, false);
    });
  }
  if (stripped.result instanceof GatewayError) throw stripped.result;
  return open(attempt, stripped.result, route, false);
}

/** `isOriginal`: `request` is the client's own, whose body must be kept for further attempts. */
function open(
  attempt: Attempt,
  request: ScannedRequest,
  route: Route,
  isOriginal: boolean,
): Exchange | Promise<Exchange> {
  const { context, ports } = attempt;
  const { bodies, clock } = ports;
  const target = targetRequest(attempt);
  if (!isLargeTranslation(request, route)) return openExchange(request, route, target, clock);
  return openLargeExchange(bodies, request, route, target, clock, context.incoming.reply).then((opened) => {
    if (isOriginal) context.body.keep(opened.request);
    if (opened.exchange instanceof GatewayError) throw opened.exchange;
    return opened.exchange;
  });
}
