import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A connection to a port of this machine that can be cut, as if the server had stopped, and mended. */
export interface Link {
  readonly port: number;
  cut(): Promise<void>;
  /** Leads to the port as before, or to another one. */
  mend(target?: number): Promise<void>;
}

/** Starts one that leads to `target`. */
export async function startLink(target: number): Promise<Link> {
  let to = target;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
        sockets.delete(socket);
      });
    }
    client.pipe(upstream).pipe(client);
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    cut: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: (next = to) => {
      to = next;
      return listen(port);
    },
  };
}
