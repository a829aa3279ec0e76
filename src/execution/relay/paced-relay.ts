import { CLIENT_STALL_MS } from '../timeouts.ts';
import type { UpstreamReply } from './relay.ts';

/** Writes to a client at its pace. */
export abstract class PacedRelay {
  isCommitted = false;
  /** The upstream waits for the client. */
  protected isPaused = false;
  readonly #reply: UpstreamReply;

  constructor(reply: UpstreamReply) {
    this.#reply = reply;
  }

  /** The client has read on: sets the deadline for what comes next. */
  protected abstract resumed(): void;

  protected write(output: Buffer): void {
    const client = this.#reply.attempt.context.incoming.reply;
    if (client.write(output) || this.isPaused) return;
    // The client reads slower than the upstream sends: stop reading, and do not count the pause as the upstream's.
    this.isPaused = true;
    this.#reply.pause();
    this.#reply.deadline.allow('client_stalled', CLIENT_STALL_MS);
    client.onDrain(() => {
      this.isPaused = false;
      if (this.#reply.isSettled) return;
      this.resumed();
      this.#reply.resume();
    });
  }
}
