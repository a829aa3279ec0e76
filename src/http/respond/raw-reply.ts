import type { ServerResponse } from 'node:http';

import type { Reservation } from '../../execution/admit/admission.ts';
import type { ClientReply, DisconnectListener } from '../../execution/respond/client-reply.ts';

/** A reply written straight to Node's response: no serialisation, no pipeline, back-pressure told honestly. */
export class RawReply implements ClientReply {
  readonly #raw: ServerResponse;
  #listener: DisconnectListener | null = null;
  #disconnected = false;

  /** `hold` is given back when the connection closes, however that comes. */
  constructor(raw: ServerResponse, hold: Reservation) {
    this.#raw = raw;
    raw.on('close', () => {
      hold.release();
      if (raw.writableEnded) return;
      this.#disconnected = true;
      this.#listener?.clientDisconnected();
    });
    // A broken client must never become an uncaught error (reliability R2); `close` follows.
    raw.on('error', ignore);
  }

  get disconnected(): boolean {
    return this.#disconnected;
  }

  get headSent(): boolean {
    return this.#raw.headersSent;
  }

  onDisconnect(listener: DisconnectListener): void {
    this.#listener = listener;
    if (this.#disconnected) listener.clientDisconnected();
  }

  head(status: number, headers: readonly string[]): void {
    if (!this.#disconnected) this.#raw.writeHead(status, headers as string[]);
  }

  write(chunk: Buffer): boolean {
    return this.#disconnected || this.#raw.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.#raw.once('drain', listener);
  }

  end(chunk?: Buffer): void {
    if (this.#disconnected) return;
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
