import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands between the gateway and an engine and keeps what the engine sent in its last stream. */
export interface RecordingProxy {
  readonly url: string;
  /** Forgets what was kept. */
  clear(): void;
  /** Every byte of the streams since, in the order in which they came. */
  streamed(): string;
  close(): Promise<void>;
}

/** Starts one in front of `target`, an origin. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  let kept: Buffer[] = [];
  const server: Server = createServer((request, response) => {
    const upstream = httpRequest(target + (request.url ?? ''), {
      method: request.method,
      headers: request.headers,
    });
    request.pipe(upstream);
    upstream.on('error', () => response.destroy());
    upstream.on('response', (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      const isStream = reply.headers['content-type']?.startsWith('text/event-stream') ?? false;
      reply.on('data', (chunk: Buffer) => {
        if (isStream) kept.push(chunk);
      });
      reply.on('error', () => response.destroy());
      reply.pipe(response);
    });
    response.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clear: () => {
      kept = [];
    },
    streamed: () => Buffer.concat(kept).toString(),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** A stream as one reply has it: llama-server moves `created` on with the clock, here it stays at its first value. */
export function withOneTime(stream: string): string {
  const first = /"created":\d+/.exec(stream)?.[0] ?? '';
  return stream.replaceAll(/"created":\d+/g, first);
}
