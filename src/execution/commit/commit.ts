import type { Failure } from '../../protocol/failure.ts';
import { isSameModel } from '../../protocol/model-id.ts';
import type { Attempt } from '../attempt/attempt-context.ts';
import { wrongModelFailure } from '../attempt/failures.ts';
import type { UpstreamHeaders } from '../attempt/upstream-headers.ts';
import { directHeaders, streamHeaders, unaryHeaders } from '../respond/headers.ts';

/** The start of an upstream's reply. */
export interface ReplyStart {
  /** The model that it names; null when it names none. */
  readonly model: string | null;
  readonly status: number;
  readonly headers: UpstreamHeaders;
  /** Length of a whole reply; null for a stream. */
  readonly wholeBytes: number | null;
  /** Of the reply to a direct call; absent: the format of the client's wire. */
  readonly contentType?: string;
}

/**
 * The commit: the first content goes to the client. The target may change before it, never after it. Sends the head (or,
 * when a heartbeat has sent one, the target as a comment) and releases the request body. Returns the failure, and sends
 * nothing, when the server has answered as another model than the one requested.
 */
export function commit({ context, target, trace, ports }: Attempt, reply: ReplyStart): Failure | null {
  const { model, status, headers, wholeBytes, contentType } = reply;
  if (target.provider.repliesNameModel && model !== null && !isSameModel(model, target.upstreamId)) {
    return wrongModelFailure(model, status);
  }
  const now = ports.clock.now();
  if (wholeBytes === null) trace.firstToken(context.trace.since(now));
  context.trace.phaseEnded('attempt', now);
  if (target.retired) trace.warn({ code: 'retired', detail: target.id });
  context.trace.committed(trace, status);
  const { reply: client, surface } = context.incoming;
  if (client.headSent) client.write(surface.targetComment(target.id));
  else if (contentType !== undefined) {
    context.errorsAsEvents = isEventStream(contentType);
    client.head(status, directHeaders(context, headers, contentType, wholeBytes));
  } else if (wholeBytes === null) client.head(status, streamHeaders(context, headers));
  else client.head(status, unaryHeaders(context, headers, wholeBytes));
  context.body.release();
  context.trace.phaseEnded('commit', ports.clock.now());
  return null;
}

function isEventStream(contentType: string): boolean {
  return contentType.startsWith('text/event-stream');
}
