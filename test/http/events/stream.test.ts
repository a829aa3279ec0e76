import Fastify from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';

import { EventHub } from '../../../src/http/events/event-hub.ts';
import { ZOD_SCHEMAS } from '../../../src/http/control-plane.ts';
import type { HttpPorts } from '../../../src/http/ports.ts';
import { registerEvents } from '../../../src/http/routes/api/events.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const one of running.splice(0).reverse()) await one.stop();
});

interface Server {
  readonly url: string;
  readonly port: number;
  readonly hub: EventHub;
  close(): Promise<void>;
}

/** The real route on a real server, without the rest of the gateway. */
async function startServer(): Promise<Server> {
  const hub = new EventHub({ runId: 'start', now: () => performance.now() });
  const app = Fastify({ forceCloseConnections: 'idle', schemaController: ZOD_SCHEMAS });
  // Sets a header before the route, as CORS does.
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.header('access-control-allow-origin', 'http://localhost:5173');
    done();
  });
  registerEvents(app.withTypeProvider<ZodTypeProvider>(), { events: hub } as unknown as HttpPorts);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  running.push({ stop: () => app.close() });
  return { url: `http://127.0.0.1:${port}/api/events`, port, hub, close: () => app.close() };
}

/** Reads a stream of events until `enough` accepts the text so far. */
async function readUntil(answer: Response, enough: (text: string) => boolean): Promise<string> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (reader !== undefined && !enough(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader?.cancel();
  return text;
}

/** A client that sends a request and then never reads. */
async function stalledClient(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  socket.write('GET /api/events HTTP/1.1\r\nhost: localhost\r\n\r\n');
  return socket;
}

test('the headers are sent before the first event', async () => {
  const { url, hub } = await startServer();
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('x-request-id')).not.toBeNull();
  expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
  hub.publish('switch', { switch_id: 'sw_1' });
  const text = await readUntil(answer, (seen) => seen.includes('\n\n'));
  expect(text).toBe('id: start-1\nevent: switch\ndata: {"switch_id":"sw_1"}\n\n');
});

test('Last-Event-ID resumes after that event, as a header or in the query', async () => {
  const { url, hub } = await startServer();
  for (let count = 1; count <= 3; count += 1) hub.publish('health', { count });
  const ids = async (answer: Response): Promise<(string | undefined)[]> => {
    const text = await readUntil(answer, (seen) => seen.includes('start-3\n') && seen.endsWith('\n\n'));
    return [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id);
  };
  const byHeader = await fetch(url, { headers: { 'last-event-id': 'start-1' } });
  expect(await ids(byHeader)).toEqual(['start-2', 'start-3']);
  expect(await ids(await fetch(`${url}?last_event_id=start-2`))).toEqual(['start-3']);
  expect(await ids(await fetch(`${url}?last_event_id=before-99`))).toEqual(['start-1', 'start-2', 'start-3']);
});

test('an unknown query parameter is rejected, not ignored, and HEAD does not hang', async () => {
  const { url, hub } = await startServer();
  expect((await fetch(`${url}?last_id=start-2`)).status).toBe(400);
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(404);
  expect(hub.readers).toBe(0);
});

test('a quiet stream sends a comment every 15 s', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { url } = await startServer();
  const answer = await fetch(url);
  vi.advanceTimersByTime(30_000);
  const text = await readUntil(answer, (seen) => seen.split('\n\n').length > 2);
  expect(text).toMatch(/^(: .+\n\n){2}$/);
});

test('100 readers that connect and leave leak no listener and no timer', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { url, hub } = await startServer();
  const before = vi.getTimerCount();
  const controllers = Array.from({ length: 100 }, () => new AbortController());
  await Promise.all(controllers.map(({ signal }) => fetch(url, { signal })));
  expect(hub.readers).toBe(100);
  expect(vi.getTimerCount()).toBe(before + 100);
  for (const controller of controllers) controller.abort();
  await vi.waitFor(() => {
    expect(hub.readers).toBe(0);
  });
  expect(vi.getTimerCount()).toBe(before);
});

test('a reader that falls 1 MiB behind is disconnected; one that keeps up is not', async () => {
  const { url, port, hub } = await startServer();
  const deaf = await stalledClient(port);
  const awake = await fetch(url);
  await vi.waitFor(() => {
    expect(hub.readers).toBe(2);
  });
  const closed = once(deaf, 'close');
  let seen = 0;
  const reading = (async () => {
    for await (const piece of awake.body ?? [])
      seen += Buffer.from(piece).toString().split('id: ').length - 1;
  })();
  let sent = 0;
  while (hub.readers === 2 && sent < 1_000) {
    sent += 1;
    hub.publish('health', { filler: 'x'.repeat(64 * 1024) });
    await vi.waitFor(() => {
      expect(seen).toBe(sent);
    }, WAIT);
  }
  expect(hub.readers).toBe(1);
  // The kernel buffers some megabytes for the stalled client on top.
  expect(sent).toBeGreaterThan(16);
  deaf.resume();
  await closed;
  hub.close();
  await reading;
  expect(seen).toBe(sent);
});

const WAIT = { interval: 1, timeout: 5_000 };

test('closing does not wait for readers: their streams end', async () => {
  const { url, close } = await startServer();
  const answer = await fetch(url);
  const text = answer.text();
  await close();
  expect(await text).toBe('');
});
