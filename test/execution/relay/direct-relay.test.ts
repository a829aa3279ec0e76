import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';

import { hang, head, json, reset, send, text, until } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function setUp(
  reply: Reply,
  deadlines: object = {},
): Promise<{ laneway: TestGateway; upstream: FakeUpstream }> {
  const upstream = await startFakeUpstream((request) =>
    request.method === 'GET' ? json(200, { data: [] }) : reply,
  );
  const laneway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { up: { type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true } },
      lanes: { main: {} },
      defaults: { deadlines },
    },
    discover: false,
  });
  running.push({ stop: () => upstream.close() }, laneway);
  return { laneway, upstream };
}

const BODY = JSON.stringify({ model: 'up/tts', input: 'Hello.' });

function speak({ url }: TestGateway, signal?: AbortSignal): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const given = signal === undefined ? {} : { signal };
  return fetch(`${url}/v1/audio/speech`, { method: 'POST', headers, body: BODY, ...given });
}

const chunk = (bytes: string): string => `${bytes.length.toString(16)}\r\n${bytes}\r\n`;
const AUDIO = head(200, { 'content-type': 'audio/pcm', 'transfer-encoding': 'chunked' });
const EVENTS = head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' });

async function stateOf(
  laneway: TestGateway,
  reply: Response,
): Promise<{ state: string; code: string | null }> {
  const { state, error } = await laneway.trace(reply);
  return { state, code: error?.code ?? null };
}

test('audio is passed as it arrives, not when it is complete', async () => {
  let more: (value: unknown) => void = () => undefined;
  const wait = new Promise((resolve) => (more = resolve));
  const { laneway } = await setUp([AUDIO, send(chunk('one')), until(wait), send(chunk('two') + chunk(''))]);
  const reply = await speak(laneway);
  const reader = reply.body!.getReader();
  expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('one');
  more(null);
  expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('two');
  expect((await reader.read()).done).toBe(true);
  expect(await stateOf(laneway, reply)).toEqual({ state: 'settled', code: null });
});

test.each([
  ['without a length', [AUDIO, send(chunk('half')), reset()]],
  [
    'with a length',
    [head(200, { 'content-type': 'audio/mpeg', 'content-length': '9' }), send('half'), reset()],
  ],
] as [string, Reply][])(
  'audio %s that the server cuts is cut for the client too, without an error in it (wire case 266)',
  async (_name, cut) => {
    const { laneway } = await setUp(cut);
    const reply = await speak(laneway);
    expect(reply.status).toBe(200);
    await expect(reply.arrayBuffer()).rejects.toThrow();
    expect(await stateOf(laneway, reply)).toEqual({ state: 'partial', code: 'upstream_disconnected' });
  },
);

test('a stream of events that the server cuts ends with an error event', async () => {
  const { laneway } = await setUp([EVENTS, send(chunk('data: {"a":1}\n\n')), reset()]);
  const reply = await speak(laneway);
  expect(reply.headers.get('content-type')).toBe('text/event-stream');
  expect(await reply.text()).toMatch(/^data: \{"a":1\}\n\ndata: \{"error":\{"message":"up\/tts .*\}\n\n$/);
});

test('a stall after the first bytes is noticed, before them only the total deadline counts', async () => {
  const { laneway } = await setUp([AUDIO, send(chunk('half')), hang()], { idle_s: 0.3 });
  const reply = await speak(laneway);
  await expect(reply.arrayBuffer()).rejects.toThrow();
  expect(await stateOf(laneway, reply)).toEqual({ state: 'partial', code: 'upstream_timeout' });

  const slow = await setUp([AUDIO, { wait: 700 }, send(chunk('late') + chunk(''))], {
    idle_s: 0.3,
    first_token_s: 0.3,
  });
  expect(await (await speak(slow.laneway)).text()).toBe('late');
});

test('the page of a proxy is 502, and an error with status 200 is an error', async () => {
  const page = await setUp(text(200, '<html>hello</html>', { 'content-type': 'text/html' }));
  const reply = await speak(page.laneway);
  expect(reply.status).toBe(502);
  expect(await reply.text()).toContain('text/html');
  const refused = await setUp(
    text(200, JSON.stringify({ error: { message: 'no such voice', type: 'invalid_request_error' } }), {
      'content-type': 'text/html',
    }),
  );
  expect((await speak(refused.laneway)).status).toBe(400);
});

test('an empty reply is passed', async () => {
  const { laneway } = await setUp(text(200, '', { 'content-type': 'audio/mpeg' }));
  const reply = await speak(laneway);
  expect([reply.status, reply.headers.get('content-length'), await reply.text()]).toEqual([200, '0', '']);
});

test('a compressed reply is unpacked, and the length of the packed bytes is dropped', async () => {
  const packed = gzipSync('plain text');
  const { laneway } = await setUp(
    text(200, packed, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }),
  );
  const reply = await speak(laneway);
  expect([reply.headers.get('content-length'), reply.headers.get('content-encoding')]).toEqual([null, null]);
  expect(await reply.text()).toBe('plain text');
});

test.each([
  ['while the server thinks', [hang()]],
  ['in the middle of the audio', [AUDIO, send(chunk('half')), hang()]],
] as [string, Reply][])('a client that leaves %s frees the server within a second', async (_name, reply) => {
  const { laneway, upstream } = await setUp(reply);
  const leaving = new AbortController();
  const spoken = speak(laneway, leaving.signal).then((answer) => answer.arrayBuffer());
  const request = await upstream.request(upstream.requests.length);
  await new Promise((resolve) => setTimeout(resolve, 100));
  leaving.abort();
  const since = performance.now();
  await expect(spoken).rejects.toThrow();
  await request.closed;
  expect(performance.now() - since).toBeLessThan(1_000);
});

test('a client that does not read stops the server, and gets every byte once it does', async () => {
  const PIECE = 'w'.repeat(180_000);
  const PIECES = 400;
  const pieces = Array.from({ length: PIECES }, () => send(chunk(PIECE)));
  const { laneway, upstream } = await setUp([AUDIO, ...pieces, send(chunk(''))]);
  const client = connect(Number(new URL(laneway.url).port), '127.0.0.1');
  client.pause();
  client.write(
    `POST /v1/audio/speech HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
      `content-length: ${BODY.length}\r\nconnection: close\r\n\r\n${BODY}`,
  );
  const request = await upstream.request(0);
  let last = -1;
  for (let still = 0; still < 6;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    still = request.sentBytes === last && last > 0 ? still + 1 : 0;
    last = request.sentBytes;
  }
  expect(last).toBeLessThan((PIECES * PIECE.length) / 2);
  let received = 0;
  client.on('data', (bytes: Buffer) => {
    for (const byte of bytes) if (byte === 0x77) received += 1;
  });
  client.resume();
  await new Promise((resolve) => client.once('end', resolve));
  // The headers have some of these letters, too.
  expect(received).toBeGreaterThanOrEqual(PIECES * PIECE.length);
});
