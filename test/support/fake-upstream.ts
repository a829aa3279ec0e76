import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { RequestReader } from './fake-request-reader.ts';

/**
 * An upstream on a raw socket, for what real servers do not do on demand. A script says what happens to each request,
 * byte for byte: nothing is added, no header, no chunk size.
 *
 *     const upstream = await startFakeUpstream((request) => json(200, { hello: request.json() }));
 *     … call upstream.url …
 *     expect(upstream.requests).toHaveLength(1);
 *     await upstream.close();
 *
 * A reply is a list of steps; `fake-replies.ts` makes the usual ones. They join:
 *
 *     startFakeUpstream([...sse(['{"a":1}'], { end: false }), wait(50), reset()]);      // cut in mid-stream
 *     startFakeUpstream((request) => (request.index === 0 ? json(200, {}) : [reset()])); // dead on reuse
 *
 * After a reply's last step the connection waits for the next request. A script that throws answers with a reset, and
 * `close()` rejects with what it threw.
 */
export async function startFakeUpstream(script: Script, options: FakeOptions = {}): Promise<FakeUpstream> {
  const upstream = new FakeServer(script, options);
  await upstream.listen();
  return upstream;
}

/** One thing that the upstream does. It waits until the step is done; a closed connection ends the reply. */
export type Step =
  | { readonly send: Buffer }
  | { readonly wait: number }
  | { readonly until: Promise<unknown> }
  | { readonly close: 'end' | 'reset' };

export type Reply = readonly Step[];

/** One reply for all requests, or a choice by request. `request.index` counts them from 0 over all connections. */
export type Script = Reply | ((request: FakeRequest) => Reply | Promise<Reply>);

export interface FakeOptions {
  /** Speaks TLS with this certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Called with each new connection before anything is read. */
  readonly onConnection?: (socket: Socket) => void;
}

/** A request as it came. */
export interface FakeRequest {
  readonly index: number;
  /** Which connection it came on, from 0: two requests with one number shared a socket. */
  readonly connection: number;
  readonly method: string;
  readonly path: string;
  /** Lower-case names; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values as they came, in order. */
  readonly rawHeaders: readonly (readonly [string, string])[];
  readonly body: Buffer;
  json(): unknown;
  /** Resolves when its connection is closed, whoever closed it. */
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  /** Bytes of its connection that have left this process: stands still while the peer does not read. */
  readonly sentBytes: number;
}

/** A running fake. */
export interface FakeUpstream {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Whole requests in the order in which they came. */
  readonly requests: readonly FakeRequest[];
  /** Connections accepted so far, requests or not. */
  readonly connections: number;
  /** Connections open now. */
  readonly openConnections: number;
  /** From now on this script answers. */
  use(script: Script): void;
  /** Resolves with the request of that index (0 is the first) as soon as it has come. */
  request(index: number): Promise<FakeRequest>;
  /** From now on connections are refused; those that are open stay open. */
  stopListening(): void;
  /** Closes everything at once. Rejects with what the script threw, if it did. */
  close(): Promise<void>;
}

class FakeServer implements FakeUpstream {
  readonly requests: FakeRequest[] = [];
  connections = 0;
  private script: Script;
  private readonly server: Server;
  private readonly secure: boolean;
  private readonly sockets = new Set<Socket>();
  private readonly waiting: { index: number; resolve: (request: FakeRequest) => void }[] = [];
  private failure: { readonly error: unknown } | null = null;

  constructor(script: Script, { tls, onConnection }: FakeOptions) {
    this.script = script;
    this.secure = tls !== undefined;
    const accept = (socket: Socket): void => {
      onConnection?.(socket);
      this.accept(socket);
    };
    this.server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
    // A handshake that the client breaks off is what some tests are about.
    this.server.on('tlsClientError', () => undefined);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.secure ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(0, '127.0.0.1', () => resolve());
    });
  }

  use(script: Script): void {
    this.script = script;
  }

  request(index: number): Promise<FakeRequest> {
    const request = this.requests[index];
    if (request !== undefined) return Promise.resolve(request);
    return new Promise((resolve) => this.waiting.push({ index, resolve }));
  }

  stopListening(): void {
    this.server.close();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
    if (this.failure !== null) throw this.failure.error;
  }

  private accept(socket: Socket): void {
    const connection = this.connections;
    this.connections += 1;
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
    void this.serve(socket, connection).catch((error: unknown) => {
      this.failure ??= { error };
      socket.resetAndDestroy();
    });
  }

  private async serve(socket: Socket, connection: number): Promise<void> {
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const reader = new RequestReader(socket);
    for (let head = await reader.next(); head !== null; head = await reader.next()) {
      const request: FakeRequest = {
        ...head,
        index: this.requests.length,
        connection,
        closed,
        json: () => JSON.parse(head?.body.toString() ?? '') as unknown,
        get isClosed() {
          return socket.destroyed;
        },
        get sentBytes() {
          return socket.bytesWritten - socket.writableLength;
        },
      };
      this.record(request);
      const reply = typeof this.script === 'function' ? await this.script(request) : this.script;
      for (const step of reply) {
        if (socket.destroyed) return;
        await perform(step, socket, closed);
      }
    }
  }

  private record(request: FakeRequest): void {
    this.requests.push(request);
    for (const { index, resolve } of this.waiting) if (index === request.index) resolve(request);
  }
}

async function perform(step: Step, socket: Socket, closed: Promise<void>): Promise<void> {
  if ('send' in step) {
    const room = socket.write(step.send);
    if (!room) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    // One write, one segment: the next one must not join it.
    else await nextTurn();
  } else if ('wait' in step) await Promise.race([sleep(step.wait, undefined, { ref: false }), closed]);
  else if ('until' in step) await Promise.race([step.until, closed]);
  else if (step.close === 'end') socket.end();
  else socket.resetAndDestroy();
}
