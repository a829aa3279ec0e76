import { createServer, type Server, type Socket } from 'node:net';
import { REPLIES } from './replies.ts';

/** The port of a listening server. */
export function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/**
 * The server that warm-up requests end at: canned replies of both wires. It reads requests over raw sockets, because
 * it must cost less than what it warms.
 */
export class WarmUpUpstream {
  readonly #server = createServer({ noDelay: true }, (socket) => {
    this.#serve(socket);
  });
  readonly #sockets = new Set<Socket>();

  /** Listens on a free loopback port; resolves with the origin. Rejects with the error of `listen`. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen({ host: '127.0.0.1', port: 0 }, resolve);
    });
    return `http://127.0.0.1:${portOf(this.#server)}`;
  }

  /** Closes it with all its connections. */
  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let text = '';
    socket.on('data', (data: Buffer) => {
      text += data.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
      if (end < 0 || text.length < end + 4 + length) return;
      const { whole, stream } = text.startsWith('POST /v1/messages') ? REPLIES.anthropic : REPLIES.openAi;
      const parts = text.includes('"stream":true') ? stream : [whole];
      text = '';
      for (const part of parts) socket.write(part);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
