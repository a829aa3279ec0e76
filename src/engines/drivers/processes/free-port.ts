import { once } from 'node:events';
import { createServer } from 'node:net';

/** A loopback port that nothing listens on. Another program may take it before it is used; then try another one. */
export async function freeLoopbackPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
