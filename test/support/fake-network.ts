import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** The URL of a port that nobody listens on: it was free a moment ago. */
export async function refusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** A port that swallows connection attempts. */
export interface BlackHole {
  readonly url: string;
  close(): Promise<void>;
}

const LISTEN_AND_FREEZE = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(workerData), 0, 0);
});`;

/**
 * A port where connecting takes for ever, without a network: a thread listens, then stands still, and its queue of
 * connections is filled. Linux drops what comes after; elsewhere a connection may come about and stay silent.
 */
export async function startBlackHole(): Promise<BlackHole> {
  const lock = new SharedArrayBuffer(4);
  const worker = new Worker(LISTEN_AND_FREEZE, { eval: true, workerData: lock });
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  const fillers: Socket[] = [];
  for (let count = 0; count < 4; count += 1)
    fillers.push(connect(port, '127.0.0.1').on('error', () => undefined));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of fillers) socket.destroy();
      Atomics.notify(new Int32Array(lock), 0);
      await worker.terminate();
    },
  };
}
