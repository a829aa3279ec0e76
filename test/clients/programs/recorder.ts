import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request of a program, and its reply. */
export interface Exchange {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly request: string;
  readonly status: number;
}

/** A proxy between a program and the gateway. */
export interface Recorder {
  readonly url: string;
  /** All that was answered since the last call of it, in the order of the answers. */
  take(): Exchange[];
  close(): Promise<void>;
}

/** Starts one on a free port; `target` is an origin. */
export async function startRecorder(target: string): Promise<Recorder> {
  let exchanges: Exchange[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const { method = '', url = '', headers } = request;
    const upstream = httpRequest(target + url, { method, headers });
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.pipe(upstream);
    upstream.on('error', () => response.destroy());
    upstream.on('response', (reply) => {
      const status = reply.statusCode ?? 502;
      const path = new URL(url, target).pathname;
      exchanges.push({ method, path, status, request: Buffer.concat(chunks).toString() });
      response.writeHead(status, reply.headers);
      reply.on('error', () => response.destroy());
      reply.pipe(response);
    });
    response.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = exchanges;
      exchanges = [];
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
