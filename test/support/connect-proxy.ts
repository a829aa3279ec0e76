import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';

/** A CONNECT as it came, byte for byte. */
export interface SeenConnect {
  readonly target: string;
  readonly head: string;
}

/** A forward proxy in the test's process. */
export interface ConnectProxy {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly SeenConnect[];
  /** Everything that clients sent after their tunnel was open, which is what an eavesdropper reads. */
  readonly tunnelled: () => Buffer;
  readonly openConnections: number;
}

/** What the proxy does with a CONNECT. */
export interface ConnectProxyOptions {
  /** Where tunnels end, whatever server was asked for. */
  readonly port?: number;
  /** Sent in place of a tunnel; `silent`: nothing is; `close`: the connection is closed. */
  readonly answer?: string;
  /** Speaks TLS itself. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts a proxy that ends with its test. */
export async function startConnectProxy(options: ConnectProxyOptions): Promise<ConnectProxy> {
  const seen: SeenConnect[] = [];
  const tunnelled: Buffer[] = [];
  const sockets = new Set<Socket>();
  const accept = (socket: Socket): void => {
    track(socket, sockets);
    let head = '';
    socket.on('data', function read(chunk: Buffer) {
      head += chunk.toString('latin1');
      // A proxy before this one may send the request in several writes.
      if (!head.includes('\r\n\r\n')) return;
      socket.removeListener('data', read);
      seen.push({ target: /^CONNECT (\S+) HTTP/.exec(head)?.[1] ?? '', head });
      if (options.answer === 'silent') return;
      if (options.answer === 'close') socket.end();
      else if (options.answer !== undefined) socket.write(options.answer);
      else openTunnel(socket, track(connect(options.port ?? 0, '127.0.0.1'), sockets), tunnelled);
    });
  };
  const server = options.tls === undefined ? createServer(accept) : createTlsServer(options.tls, accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    seen,
    tunnelled: () => Buffer.concat(tunnelled),
    get openConnections() {
      return sockets.size;
    },
  };
}

function openTunnel(client: Socket, server: Socket, tunnelled: Buffer[]): void {
  client.on('data', (chunk: Buffer) => tunnelled.push(chunk));
  client.write('HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n');
  client.pipe(server).pipe(client);
}

function track(socket: Socket, sockets: Set<Socket>): Socket {
  sockets.add(socket);
  return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
}
