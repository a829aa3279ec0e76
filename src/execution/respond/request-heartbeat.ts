import type { RequestContext } from '../request-context.ts';
import { streamHeaders } from './headers.ts';
import type { HeartbeatSource } from './heartbeat.ts';

/** The heartbeat of a request whose client waits for a stream, in the framing of the client's surface. */
export class RequestHeartbeat implements HeartbeatSource {
  readonly #context: RequestContext;

  constructor(context: RequestContext) {
    this.#context = context;
  }

  streamHead(): readonly string[] {
    this.#context.trace.statusSent(200);
    return streamHeaders(this.#context, null);
  }

  beat(): Buffer {
    const { incoming, wait } = this.#context;
    return incoming.surface.heartbeat(wait?.waitsFor() ?? null);
  }
}
