import { streamHeaders } from './headers.ts';
import type { Job } from '../request-context.ts';

const FIRST_AFTER_MS = 10_000;
const THEN_EVERY_MS = 15_000;

/**
 * Keeps a streaming client that waits for its commit: after 10 s it gets 200 and a ping, then one every 15 s,
 * while the target may still change (DESIGN section 6; reliability R10, R14).
 */
export class Heartbeat {
  readonly #job: Job;
  #timer: NodeJS.Timeout;

  constructor(job: Job) {
    this.#job = job;
    this.#timer = setTimeout(() => {
      this.#ping();
    }, FIRST_AFTER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #ping(): void {
    const { reply, surface } = this.#job.incoming;
    if (reply.disconnected) return;
    if (!reply.headSent) {
      this.#job.status = 200;
      reply.head(200, streamHeaders(this.#job, null));
    }
    reply.write(surface.heartbeat());
    this.#timer = setTimeout(() => {
      this.#ping();
    }, THEN_EVERY_MS);
  }
}
