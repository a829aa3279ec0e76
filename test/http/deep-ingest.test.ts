import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { chunks, completion, laneOver, startGateway, type TestGateway } from '../support/gateway.ts';

const MIB = 1024 * 1024;
const LIMIT = 56 * MIB;

/** What an upstream got of one chat. */
interface Received {
  readonly body: Buffer;
  readonly headers: IncomingMessage['headers'];
}

let upstream: Server;
let laneway: TestGateway;
const received: Received[] = [];

beforeAll(async () => {
  upstream = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.method === 'GET') response.end('{"object":"list","data":[{"id":"m","object":"model"}]}');
      else if (parts.length === 1 && parts[0]?.includes('"stream":true') === true) void stream(response);
      else {
        received.push({ body: Buffer.concat(parts), headers: request.headers });
        response.setHeader('content-type', 'application/json').end(JSON.stringify(completion('read it all')));
      }
    });
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  laneway = await startGateway({ config: laneOver([url]), maxBodyBytes: LIMIT });
});
afterAll(async () => {
  await laneway.stop();
  upstream.closeAllConnections();
  upstream.close();
});
beforeEach(() => {
  received.length = 0;
});

const EVENTS = [...chunks(...Array.from({ length: 150 }, (_, index) => ` word ${index}`)), '[DONE]'];

/** An event every 5 ms. */
async function stream(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of EVENTS) {
    response.write(`data: ${event}\n\n`);
    await sleep(5);
  }
  response.end();
}

/** A conversation of about `bytes` bytes, full of what JSON escapes. */
function conversation(bytes: number, model = 'evaluate'): Buffer {
  const line = 'const answer = lookup("the \\u006cazy dog");\\n // 😀 \\"quoted\\"\\t';
  const text = JSON.stringify({ line }).slice(9, -2);
  const head = `{"model": "${model}", "messages": [{"role":"user","content":"`;
  return Buffer.from(
    `${head}${text.repeat(Math.floor(bytes / Buffer.byteLength(text)))}"}] , "seed" : 7e0 }`,
  );
}

function address(): { host: string; port: number } {
  const { hostname, port } = new URL(laneway.url);
  return { host: hostname, port: Number(port) };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly id: string;
}

/** Sends a chat in pieces; without `content-length` when it is chunked. */
async function send(body: Buffer, framing: 'length' | 'chunked' = 'length'): Promise<Answer> {
  const sent = httpRequest({
    ...address(),
    method: 'POST',
    path: '/v1/chat/completions',
    agent: false,
    headers: {
      'content-type': 'application/json',
      ...(framing === 'length' ? { 'content-length': body.length } : {}),
    },
  });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  for (let start = 0; start < body.length; start += MIB) sent.write(body.subarray(start, start + MIB));
  sent.end();
  const [response] = await answered;
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, body: text, id: String(response.headers['x-request-id']) };
}

/** Where the model's value stood there is the upstream's own name for it; every other byte is the client's. */
function expectForwarded(sent: Buffer, model = 'evaluate'): void {
  const [only] = received;
  expect(received).toHaveLength(1);
  const wanted = Buffer.from('"m"');
  const start = sent.indexOf(`"${model}"`);
  const end = start + Buffer.byteLength(`"${model}"`);
  const body = only?.body ?? Buffer.alloc(0);
  expect(body.length).toBe(sent.length - (end - start) + wanted.length);
  expect(body.subarray(0, start).equals(sent.subarray(0, start))).toBe(true);
  expect(body.subarray(start, start + wanted.length).equals(wanted)).toBe(true);
  expect(body.subarray(start + wanted.length).equals(sent.subarray(end))).toBe(true);
  expect(only?.headers['content-length']).toBe(String(body.length));
}

test('50 MB reach the upstream byte for byte, but for the model’s value', async () => {
  const body = conversation(50_000_000);
  const { status, body: text, id } = await send(body);
  expect(status).toBe(200);
  expect(text).toBe(JSON.stringify(completion('read it all')));
  expectForwarded(body);
  const trace = (await laneway.get(`/api/debug/requests/${id}`)) as {
    state: string;
    phases: { name: string }[];
  };
  expect(trace.state).toBe('settled');
  expect(trace.phases.map(({ name }) => name)).toContain('read');
}, 30_000);

test('the same in chunks, whose length nobody knows before the end', async () => {
  const body = conversation(20_000_000);
  expect((await send(body, 'chunked')).status).toBe(200);
  expectForwarded(body);
}, 30_000);

test.each([MIB - 1, MIB, MIB + 1, MIB + 2])(
  'a body of %i bytes, at the edge of what is large, arrives whole',
  async (bytes) => {
    const body = conversation(bytes - 200);
    const padded = Buffer.concat([body, Buffer.alloc(bytes - body.length, ' ')]);
    expect(padded).toHaveLength(bytes);
    expect((await send(padded)).status).toBe(200);
    expectForwarded(padded);
  },
);

test('several large bodies at once each get their own answer', async () => {
  const bodies = [4, 5, 6].map((megabytes) => conversation(megabytes * 1_000_000));
  const answers = await Promise.all(bodies.map((body) => send(body)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const lengths = received.map(({ body }) => body.length).toSorted((a, b) => a - b);
  expect(lengths).toEqual(bodies.map((body) => body.length - '"evaluate"'.length + '"m"'.length));
});

test('streams that run beside large bodies are whole', async () => {
  const streams = Array.from({ length: 5 }, () => laneway.chat({ model: 'evaluate', stream: true }));
  const answers = await Promise.all(streams);
  const texts = Promise.all(answers.map((answer) => answer.text()));
  const bodies = await Promise.all([1, 2, 3].map(() => send(conversation(20_000_000))));
  expect(bodies.map(({ status }) => status)).toEqual([200, 200, 200]);
  for (const text of await texts) expect(text).toBe(EVENTS.map((event) => `data: ${event}\n\n`).join(''));
}, 30_000);

test('a large body that is no JSON is refused in the words of a small one', async () => {
  const broken = conversation(3_000_000).subarray(0, -3);
  const { status, body } = await send(broken);
  expect(status).toBe(400);
  expect(JSON.parse(body)).toMatchObject({ error: { code: 'invalid_json' } });
  expect(received).toHaveLength(0);
});

/** Writes bytes on a socket of its own and gives what came back until it was closed, or for 2 s. */
async function raw(...pieces: (string | Buffer)[]): Promise<string> {
  const socket = connect(address());
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString()));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  for (const piece of pieces) socket.write(piece);
  await Promise.race([once(socket, 'close'), sleep(2_000, undefined, { ref: false })]);
  socket.destroy();
  return text;
}

const head = (...more: string[]): string =>
  [
    'POST /v1/chat/completions HTTP/1.1',
    'host: 127.0.0.1',
    'content-type: application/json',
    ...more,
    '',
    '',
  ].join('\r\n');

test('a body declared too large is refused before it is sent', async () => {
  const answer = await raw(head(`content-length: ${LIMIT + 1}`));
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toContain('"request_too_large"');
  expect(answer).toContain('the limit is 56 MiB');
  expect(answer.toLowerCase()).toContain('connection: close');
});

test('a body in chunks is refused as soon as it is over the limit', async () => {
  const chunk = Buffer.concat([
    Buffer.from(`${MIB.toString(16)}\r\n`),
    Buffer.alloc(MIB, 'a'),
    Buffer.from('\r\n'),
  ]);
  const answer = await raw(head('transfer-encoding: chunked'), ...Array.from({ length: 57 }, () => chunk));
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toContain('"request_too_large"');
  expect(received).toHaveLength(0);
});

test('Laneway’s own API takes 1 MiB and no more', async () => {
  const lines = ['POST /api/debug/resolve HTTP/1.1', 'host: 127.0.0.1', 'content-type: application/json'];
  const answer = await raw([...lines, `content-length: ${MIB + 1}`, '', ''].join('\r\n'));
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toContain('the limit is 1 MiB');
});

test('what follows a body of the declared length is never taken for a part of it', async () => {
  const body = '{"messages":[{"role":"user","content":"Hello?"}]}';
  const answer = await raw(head(`content-length: ${body.length}`), `${body}{"model":"b/m"}`);
  expect(answer).toContain('HTTP/1.1 400 ');
  for (const each of received) expect(each.body.toString()).not.toContain('b/m');
});

test('two different lengths, or a length beside chunks, are refused', async () => {
  for (const lines of [
    ['content-length: 2', 'content-length: 3'],
    ['content-length: 2', 'transfer-encoding: chunked'],
  ]) {
    expect(await raw(head(...lines), '{}')).toMatch(/^HTTP\/1\.1 400 /);
  }
});

test.each(['content-length: 40000000', 'transfer-encoding: chunked'])(
  'a client that leaves in the middle of its body (%s) leaves nothing behind',
  async (framing) => {
    const before = laneway.log.length;
    for (let index = 0; index < 5; index += 1) {
      const socket = connect(address());
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(head(framing));
      socket.write(`${(3 * MIB).toString(16)}\r\n`);
      await new Promise((resolve) => socket.write(Buffer.alloc(3 * MIB, ' '), resolve));
      socket.destroy();
    }
    const body = conversation(2_000_000);
    expect((await send(body)).status).toBe(200);
    expectForwarded(body);
    expect(laneway.log.slice(before).filter(({ level }) => level === 'error')).toEqual([]);
    expect(await open()).toBe(0);
  },
);

test('no more large bodies are taken in than there is memory for, and their room is free when they end', async () => {
  const waiting = Array.from({ length: 9 }, () => connect(address()));
  for (const socket of waiting) {
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.write(`${head('content-length: 57000000')} `, resolve));
  }
  const large = head(`content-length: ${LIMIT}`);
  const refused = await raw(large);
  expect(refused).toMatch(/^HTTP\/1\.1 503 /);
  expect(refused).toContain('"overloaded"');
  expect(refused.toLowerCase()).toContain('retry-after: 1');
  // Small ones go on.
  expect((await send(conversation(10_000))).status).toBe(200);
  for (const socket of waiting) socket.destroy();
  await sleep(50);
  received.length = 0;
  const body = conversation(50_000_000);
  expect((await send(body)).status).toBe(200);
  expectForwarded(body);
}, 30_000);

/** Connections of clients that are still there, keep-alive ones of `fetch` apart. */
async function open(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const requests = (await laneway.get('/api/debug/requests?state=running')) as { requests: unknown[] };
    if (requests.requests.length === 0) return 0;
    await sleep(10);
  }
  return -1;
}
