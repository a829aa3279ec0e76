import type { ServerResponse } from 'node:http';

import type { Hold } from '../execution/admission.ts';
import type { ClientReply, GoneListener } from '../execution/client-reply.ts';

/** A reply written straight to Node's response: no serialisation, no pipeline, back-pressure told honestly. */
export class RawReply implements ClientReply {
  readonly #raw: ServerResponse;
  #listener: GoneListener | null = null;
  #gone = false;

  /** `hold` is given back when the connection closes, however that comes. */
  constructor(raw: ServerResponse, hold: Hold) {
    this.#raw = raw;
    raw.on('close', () => {
      hold.release();
      if (raw.writableEnded) return;
      this.#gone = true;
      this.#listener?.clientGone();
    });
    // A broken client must never become an uncaught error (reliability R2); `close` follows.
    raw.on('error', ignore);
  }

  get gone(): boolean {
    return this.#gone;
  }

  get headSent(): boolean {
    return this.#raw.headersSent;
  }

  onGone(listener: GoneListener): void {
    this.#listener = listener;
    if (this.#gone) listener.clientGone();
  }

  head(status: number, headers: readonly string[]): void {
    if (!this.#gone) this.#raw.writeHead(status, headers as string[]);
  }

  write(chunk: Buffer): boolean {
    return this.#gone || this.#raw.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.#raw.once('drain', listener);
  }

  end(chunk?: Buffer): void {
    if (this.#gone) return;
    if (chunk === undefined) this.#raw.end();
    else this.#raw.end(chunk);
  }

  destroy(): void {
    this.#raw.destroy();
  }
}

function ignore(): void {
  // the listener's only job is to be there
}
