import type { ServerResponse } from 'node:http';

import { CLIENT_STALL_MS } from '../../execution/timeouts.ts';
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
    limitStall(this.#raw);
  }

  destroy(): void {
    this.#raw.destroy();
  }
}

/**
 * Closes the connection of a client that does not read the rest of a reply that has ended: nothing else would. The next
 * request on the connection lifts the limit.
 */
function limitStall({ socket }: ServerResponse): void {
  // Nearly always the kernel has taken everything by now.
  if (socket !== null && socket.writableLength > 0) socket.setTimeout(CLIENT_STALL_MS);
}

/** The same for a reply that another library ends. */
export function limitStallAtEnd(raw: ServerResponse): void {
  raw.once('prefinish', onPrefinish);
}

function onPrefinish(this: ServerResponse): void {
  limitStall(this);
}

function ignore(): void {
  // the listener only has to exist
}
