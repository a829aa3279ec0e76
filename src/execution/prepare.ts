import { GatewayError } from '../protocol/errors.ts';
import type { Failure } from '../protocol/failure.ts';
import type { Warning } from '../protocol/wire.ts';
import {
  UNSIGNED,
  type ClientRequest,
  type Exchange,
  type TargetRequest,
  type UpstreamDialect,
} from '../wire/exchange.ts';
import { isLargeTranslation, openExchange, openLargeExchange } from '../wire/open-exchange.ts';
import type { Job } from './job.ts';
import type { ExecutionPorts } from './ports.ts';

/** What one attempt is prepared for. */
export interface Preparation {
  /** Full id of the target. */
  readonly targetId: string;
  readonly dialect: UpstreamDialect;
  readonly target: TargetRequest;
  /** The target has refused the signed thinking that it was sent: none goes out. */
  readonly withoutThinking: boolean;
}

/**
 * The request in the target's wire. Signed thinking goes only to the target that made it (DESIGN section 5); what
 * nobody is known to have made goes to any, and what nobody signed to none that speaks Messages. At once but for large
 * bodies, which a worker strips and translates. Throws, or rejects with, a `GatewayError`.
 */
export function prepare(
  job: Job,
  request: ClientRequest,
  preparation: Preparation,
  ports: ExecutionPorts,
): Exchange | Promise<Exchange> {
  const { targetId, dialect, target, withoutThinking } = preparation;
  if (request.signatures.length === 0) return open(job, request, preparation, ports, true);
  const kept = withoutThinking ? [] : ports.affinity.shownTo(targetId, request.signatures);
  if (kept === null && !refusesUnsigned(request, dialect))
    return open(job, request, preparation, ports, true);
  const reason = withoutThinking ? 'refused by' : kept === null ? 'not signed for' : 'not made by';
  warn(job, { code: 'thinking_stripped', detail: `${reason} ${targetId}` });
  const worked = ports.bodies.strip(job.arrival.wire, request, kept, job.arrival.reply);
  if (worked instanceof Promise) {
    return worked.then(({ request: whole, made }) => {
      keep(job, whole);
      if (made instanceof GatewayError) throw made;
      return open(job, made, { targetId, dialect, target, withoutThinking }, ports, false);
    });
  }
  if (worked.made instanceof GatewayError) throw worked.made;
  return open(job, worked.made, preparation, ports, false);
}

/** Is there thinking without a signature on its way to the Messages API, which would refuse the whole request? */
function refusesUnsigned({ wire, signatures }: ClientRequest, dialect: UpstreamDialect): boolean {
  // A translation leaves it out by itself, or says it in words that need no signature.
  return wire === 'anthropic-messages' && dialect.wire === wire && signatures[0] === UNSIGNED;
}

/** `own`: the request is the job's itself, and its body must come back for further attempts. */
function open(
  job: Job,
  request: ClientRequest,
  { dialect, target }: Preparation,
  ports: ExecutionPorts,
  own: boolean,
): Exchange | Promise<Exchange> {
  const { bodies, clock } = ports;
  if (!isLargeTranslation(request, dialect)) return openExchange(request, dialect, target, clock);
  const { wire, reply } = job.arrival;
  const opening = openLargeExchange(bodies, wire, request, dialect, target, clock, reply);
  return opening.then((opened) => {
    if (own) keep(job, opened.request);
    if (opened.exchange instanceof GatewayError) throw opened.exchange;
    return opened.exchange;
  });
}

/** The body that was away in the worker is back. */
function keep(job: Job, request: ClientRequest): void {
  job.request = request;
  job.body = request.body;
}

/** Notes a warning once, however many attempts bring it. */
export function warn(job: Job, { code, detail }: Warning): void {
  if (job.warnings.some((each) => each.code === code && each.detail === detail)) return;
  job.warnings.push({ code, detail });
}

/** Anthropic's words for thinking that it did not write itself, or not in this place (wire case 111). */
const THINKING_REFUSED =
  /invalid `?signature|bound to a different conversation|`?thinking`?.{0,60} blocks?.{0,80}cannot be modified/i;

/** Did the target refuse the request for the signed thinking in it? */
export function refusesThinking(failure: Failure): boolean {
  return failure.class === 'bad_request' && THINKING_REFUSED.test(failure.upstream?.message ?? '');
}
