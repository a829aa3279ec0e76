import { GatewayError } from '../../protocol/errors.ts';
import type { Warning } from '../../protocol/wire.ts';
import type { Exchange, ScannedRequest, TargetRequest } from '../../wire/exchange.ts';
import { isLargeTranslation, openExchange, openLargeExchange, type Route } from '../../wire/open-exchange.ts';
import type { Job } from '../request-context.ts';
import type { ExecutionPorts } from '../ports.ts';

/** What one attempt is prepared for. */
export interface Preparation {
  /** Full id of the target. */
  readonly targetId: string;
  readonly route: Route;
  readonly target: TargetRequest;
  /** The target has refused the signed thinking that it was sent: none goes out. */
  readonly withoutThinking: boolean;
}

/**
 * The request in the target's wire. Signed thinking goes only to the target that made it; thinking of an unknown maker
 * goes to any, and unsigned thinking to none that speaks the request's own wire. At once but for large bodies, which a
 * worker strips and translates. Throws, or rejects with, a `GatewayError`.
 */
export function prepare(
  job: Job,
  request: ScannedRequest,
  preparation: Preparation,
  ports: ExecutionPorts,
): Exchange | Promise<Exchange> {
  const { targetId, route, withoutThinking } = preparation;
  const { signatures, hasUnsignedThinking } = request;
  const hasSigned = signatures.length > 0;
  if (!hasSigned && !hasUnsignedThinking) return open(job, request, preparation, ports, true);
  const kept = withoutThinking ? [] : hasSigned ? ports.affinity.shownTo(targetId, signatures) : null;
  // A translation leaves unsigned thinking out by itself, or says it in words that need no signature.
  const isRefused = hasUnsignedThinking && route.kind === 'pass-through';
  if (kept === null && !isRefused) return open(job, request, preparation, ports, true);
  const reason = withoutThinking ? 'refused by' : kept === null ? 'not signed for' : 'not made by';
  warn(job, { code: 'thinking_stripped', detail: `${reason} ${targetId}` });
  const worked = ports.bodies.withoutThinking(request, kept, job.incoming.reply);
  if (worked instanceof Promise) {
    return worked.then(({ request: whole, result }) => {
      keep(job, whole);
      if (result instanceof GatewayError) throw result;
      return open(job, result, preparation, ports, false);
    });
  }
  if (worked.result instanceof GatewayError) throw worked.result;
  return open(job, worked.result, preparation, ports, false);
}

/** `own`: the request is the job's itself, and its body must come back for further attempts. */
function open(
  job: Job,
  request: ScannedRequest,
  { route, target }: Preparation,
  ports: ExecutionPorts,
  own: boolean,
): Exchange | Promise<Exchange> {
  const { bodies, clock } = ports;
  if (!isLargeTranslation(request, route)) return openExchange(request, route, target, clock);
  return openLargeExchange(bodies, request, route, target, clock, job.incoming.reply).then((opened) => {
    if (own) keep(job, opened.request);
    if (opened.exchange instanceof GatewayError) throw opened.exchange;
    return opened.exchange;
  });
}

/** The body that was away in the worker is back. */
function keep(job: Job, request: ScannedRequest): void {
  job.request = request;
  job.body = request.body;
}

/** Notes a warning once, however many attempts bring it. */
export function warn(job: Job, { code, detail }: Warning): void {
  if (job.warnings.some((each) => each.code === code && each.detail === detail)) return;
  job.warnings.push({ code, detail });
}
