import type { Snapshot } from '../../routing/snapshot.ts';
import { modelNamed } from '../../wire/json/model-named.ts';
import type { RequestContext } from '../request-context.ts';

/**
 * A request that was rejected unread is recorded under the present generation, with the name in its headers or, unless
 * its body is large (its memory was lost to the worker), the model in its body.
 */
export function traceUnread({ incoming, body, trace }: RequestContext, { generation }: Snapshot): void {
  const { node, lane } = incoming.routing;
  trace.read(node ?? lane ?? modelNamed(body.received) ?? '', false, generation);
}
