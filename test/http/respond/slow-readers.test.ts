import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';

import { CLIENT_STALL_MS } from '../../../src/execution/timeouts.ts';
import { limitStallAtEnd, RawReply } from '../../../src/http/respond/raw-reply.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Sends a reply to a client that does not read, and returns the server's time-outs of the connection, in ms. */
async function timeouts(
  bytes: number,
  send: (raw: ServerResponse, body: Buffer) => void,
): Promise<unknown[]> {
  const server = createServer((request, raw) => {
    const set = vi.spyOn(request.socket, 'setTimeout');
    send(raw, Buffer.alloc(bytes));
    server.emit('sent', set);
  });
  server.listen(0);
  await once(server, 'listening');
  const client: Socket = connect((server.address() as AddressInfo).port);
  client.pause();
  closing.push(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  client.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const [set] = (await once(server, 'sent')) as [{ mock: { calls: unknown[][] } }];
  return set.mock.calls.map(([ms]) => ms);
}

const replies: [string, (raw: ServerResponse, body: Buffer) => void][] = [
  [
    'of the data plane',
    (raw, body) => {
      const reply = new RawReply(raw);
      reply.head(200, ['content-length', String(body.length)]);
      reply.end(body);
    },
  ],
  [
    'of Laneway’s own API',
    (raw, body) => {
      limitStallAtEnd(raw);
      raw.writeHead(200, { 'content-length': body.length });
      raw.end(body);
    },
  ],
];

test.each(replies)('a client that does not read the rest of a reply %s is disconnected', async (_, send) => {
  expect(await timeouts(50_000_000, send)).toContain(CLIENT_STALL_MS);
});

test.each(replies)('a reply %s that the kernel has taken sets no time-out', async (_, send) => {
  expect(await timeouts(1_000, send)).not.toContain(CLIENT_STALL_MS);
});
