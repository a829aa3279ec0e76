import type { ModelEntry } from '../../routing/snapshot.ts';
import { streamHeaders, unaryHeaders, type UpstreamHeaders } from '../respond/headers.ts';
import type { Job } from '../request-context.ts';

/**
 * The commit: the moment the first content goes to the client. Before it the target may change, after it never.
 * Sends the head (or, when pings went first, the target as a comment) and lets go of the request body.
 * `wholeBytes` is the length of a unary reply, null for a stream.
 */
export function commit(
  job: Job,
  target: ModelEntry,
  status: number,
  upstream: UpstreamHeaders,
  wholeBytes: number | null,
  now: number,
): void {
  const { reply, surface, hold } = job.incoming;
  job.heartbeat?.stop();
  job.target = target.id;
  job.status = status;
  if (target.retired) job.warnings.push({ code: 'retired', detail: target.id });
  if (!reply.headSent) {
    reply.head(
      status,
      wholeBytes === null ? streamHeaders(job, upstream) : unaryHeaders(job, upstream, wholeBytes),
    );
  } else {
    reply.write(surface.targetComment(target.id));
  }
  job.body = null;
  job.request = null;
  hold.release();
  job.ended('commit', now);
}
