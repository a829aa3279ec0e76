import type { ServerResponse } from 'node:http';

import type { ClientConnection, DisconnectListener } from '../../execution/respond/client-connection.ts';

/** A reply written straight to Node's response: no serialisation, no hooks, and back-pressure as Node reports it. */
export class RawReply implements ClientConnection {
  readonly #raw: ServerResponse;
  #listener: DisconnectListener | null = null;
  #disconnected = false;

  constructor(raw: ServerResponse) {
    this.#raw = raw;
    raw.on('close', () => {
      if (raw.writableEnded) return;
      this.#disconnected = true;
      this.#listener?.clientDisconnected();
    });
    // Without a listener a broken connection is an uncaught error; `close` follows.
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
  // the listener only has to exist
}
