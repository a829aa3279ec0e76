import type { RequestContext } from '../request-context.ts';
import { gatewayHeaders } from './headers.ts';

/** Sends a reply that Laneway makes without any target. */
export function sendOwnReply(context: RequestContext, body: Buffer): void {
  const { reply } = context.incoming;
  if (reply.disconnected) return;
  context.trace.statusSent(200);
  const headers = gatewayHeaders(context, true);
  headers.push('content-type', 'application/json', 'content-length', String(body.length));
  reply.head(200, headers);
  reply.end(body);
}
