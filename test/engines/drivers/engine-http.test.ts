import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { EngineCallError, lineCutter, type OwnedHttp } from '../../../src/engines/drivers/engine-http.ts';
import { httpAt, never, openDescriptors, until } from '../../support/engines/drivers.ts';

let server: Server | null = null;
let http: OwnedHttp | null = null;

async function serve(listener: RequestListener): Promise<OwnedHttp> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  http = httpAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return http;
}

afterEach(async () => {
  await http?.close();
  server?.closeAllConnections();
  server?.close();
});

const options = { signal: never, timeoutMs: 5_000 };
const errorOf = (work: Promise<unknown>): Promise<EngineCallError> =>
  work.then(
    () => Promise.reject(new Error('nothing failed')),
    (error: unknown) => error as EngineCallError,
  );

test('any status is a reply, and a body that is no JSON is text', async () => {
  const calls = await serve((request, response) => {
    response.statusCode = request.url === '/json' ? 404 : 500;
    response.setHeader('content-type', 'application/json');
    response.end(request.url === '/json' ? '{"error":"x"}' : 'proxy error: Could not establish connection');
  });
  expect(await calls.get('/json', options)).toEqual({
    status: 404,
    body: { error: 'x' },
    text: '{"error":"x"}',
  });
  expect(await calls.get('/text', options)).toEqual({
    status: 500,
    body: null,
    text: 'proxy error: Could not establish connection',
  });
});

test('a redirect is a reply and is not followed', async () => {
  const seen: (string | undefined)[] = [];
  const calls = await serve((request, response) => {
    seen.push(request.url);
    response.writeHead(302, { location: '/other' }).end();
  });
  expect((await calls.post('/here', { a: 1 }, options)).status).toBe(302);
  expect(seen).toEqual(['/here']);
});

test('a server that is not there is refused; one that is silent, or endless, is given up', async () => {
  const calls = await serve((request, response) => {
    if (request.url !== '/endless') return;
    const write = (): void =>
      void (response.write('x'.repeat(65_536)) ? setImmediate(write) : response.once('drain', write));
    write();
  });
  expect(await errorOf(calls.get('/', { ...options, timeoutMs: 50 }))).toMatchObject({ refused: false });
  const endless = await errorOf(calls.get('/endless', options));
  expect(endless.message).toBe('the server answered with more than 8 MiB');
  const abort = new AbortController();
  const aborted = errorOf(calls.get('/', { ...options, signal: abort.signal }));
  abort.abort();
  expect(await aborted).toBeInstanceOf(EngineCallError);
  const port = (server?.address() as AddressInfo).port;
  server?.closeAllConnections();
  server?.close();
  const gone = httpAt(`http://127.0.0.1:${port}`);
  expect(await errorOf(gone.get('/', options))).toMatchObject({ refused: true });
  await gone.close();
});

test('a stream is read line by line until it ends or is given up, and leaves no descriptor', async () => {
  const calls = await serve((request, response) => {
    response.write('data: {"a":');
    setImmediate(() => response.write('1}\r\n\r\ndata: 2\n'));
    if (request.url === '/ends') setTimeout(() => response.end('rest'), 5);
  });
  const lines: string[] = [];
  await calls.lines('/ends', (line) => lines.push(line), never);
  expect(lines).toEqual(['data: {"a":1}', '', 'data: 2']);
  const before = openDescriptors();
  const abort = new AbortController();
  const open = calls.lines(
    '/open',
    () => {
      abort.abort();
    },
    abort.signal,
  );
  await open.catch(() => undefined);
  await until(() => openDescriptors() <= before);
});

test('a line without an end is bounded, and the next one is read again', () => {
  const lines: string[] = [];
  const cut = lineCutter((line) => lines.push(line), 10);
  cut(Buffer.from('short\nverylong'));
  cut(Buffer.from('verylong'));
  cut(Buffer.from('verylong\nnext\nnow a line that is too long\nlast\n'));
  expect(lines).toEqual(['short', 'next', 'last']);
});
