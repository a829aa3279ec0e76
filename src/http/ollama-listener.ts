import type { Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A second port of the gateway, for clients that look for Ollama at its own. Its connections go to the same HTTP server,
 * so that every call, check and time-out is the same on both.
 */
export class OllamaListener {
  readonly #sockets = new WeakSet<Socket>();
  #server: Server | null = null;

  /** Has this connection come in here? */
  has(socket: Socket): boolean {
    return this.#sockets.has(socket);
  }

  /** The port; null: it does not listen. */
  get port(): number | null {
    const address = this.#server?.address() ?? null;
    return address === null ? null : (address as AddressInfo).port;
  }

  /** Rejects with the error of `listen`, such as `EADDRINUSE`. */
  async listen(http: HttpServer, host: string, port: number): Promise<void> {
    // As an HTTP server sets its own sockets.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      http.emit('connection', socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host, port }, resolve);
    });
    this.#server = server;
  }

  /** Accepts no more connections; resolves when all have ended, which the HTTP server sees to. */
  close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return Promise.resolve();
    return new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  }
}
