import type { Warning } from '../../protocol/wire.ts';
import { asciiHeader } from '../../util/ascii.ts';
import { passedHeaders, type UpstreamHeaders } from '../attempt/upstream-headers.ts';
import type { RequestContext } from '../request-context.ts';

const WARNINGS_MAX_BYTES = 1024;

/** Headers of a stream; `upstream` is null before the commit (heartbeat). */
export function streamHeaders(context: RequestContext, upstream: UpstreamHeaders | null): string[] {
  const headers = gatewayHeaders(context, upstream !== null);
  const { framing } = context.incoming.wire;
  if (framing !== null) headers.push('content-type', framing.contentType);
  headers.push('cache-control', 'no-cache');
  // A reverse proxy must not buffer events (nginx; wire case 17).
  headers.push('x-accel-buffering', 'no');
  if (upstream !== null) headers.push(...passedHeaders(upstream));
  return headers;
}

/** Headers of a whole reply of `bytes` bytes. */
export function unaryHeaders(context: RequestContext, upstream: UpstreamHeaders, bytes: number): string[] {
  const headers = gatewayHeaders(context, true);
  headers.push('content-type', 'application/json', 'content-length', String(bytes));
  headers.push(...passedHeaders(upstream));
  return headers;
}

/** Headers of the reply to a direct call; `bytes`: its length, null if unknown. */
export function directHeaders(
  context: RequestContext,
  upstream: UpstreamHeaders,
  contentType: string,
  bytes: number | null,
): string[] {
  const headers = gatewayHeaders(context, true);
  // A browser must not take the bytes of an upstream for a page.
  headers.push('content-type', contentType, 'x-content-type-options', 'nosniff');
  if (bytes !== null) headers.push('content-length', String(bytes));
  // As for `streamHeaders`: the client may play or show it as it arrives.
  else headers.push('cache-control', 'no-cache', 'x-accel-buffering', 'no');
  headers.push(...passedHeaders(upstream));
  return headers;
}

/** Laneway's headers of a data-plane reply; with `target` also those about the target and its attempts. */
export function gatewayHeaders({ incoming, trace }: RequestContext, target: boolean): string[] {
  const { plan } = trace;
  const headers = ['x-request-id', incoming.id];
  const { requestIdHeader } = incoming.surface;
  if (requestIdHeader !== null) headers.push(requestIdHeader, incoming.id);
  if (plan !== null) {
    headers.push('x-laneway-generation', String(plan.generation));
    if (plan.node !== null) headers.push('x-laneway-node', plan.node.name);
    if (plan.lane !== null) headers.push('x-laneway-lane', plan.lane.name);
    if (plan.rule !== null) headers.push('x-laneway-rule', plan.rule);
  }
  if (target) {
    headers.push('x-laneway-attempts', String(trace.attempts.length));
    if (trace.target !== null) headers.push('x-laneway-target', asciiHeader(trace.target));
    if (trace.warnings.length > 0) headers.push('x-laneway-warnings', warningsHeader(trace.warnings));
  }
  if (incoming.replyHeaders.length > 0) headers.push(...incoming.replyHeaders);
  return headers;
}

/** `code=detail`, comma-separated, at most 1 KiB: warnings that do not fit are left out whole. */
function warningsHeader(warnings: readonly Warning[]): string {
  let text = '';
  for (const { code, detail } of warnings) {
    const next = `${text === '' ? '' : ', '}${code}=${asciiHeader(detail).replaceAll(',', ';')}`;
    if (text.length + next.length <= WARNINGS_MAX_BYTES) text += next;
  }
  return text;
}
