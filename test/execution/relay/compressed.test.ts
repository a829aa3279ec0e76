import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import * as zlib from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';

import { chunk, head, json, lastChunk, sse, text, until } from '../../support/fake-replies.ts';
import { startFakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { chunks, completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { FAKE_TYPES, FAKE_VARIABLES, laneOfKinds, type FakeKind } from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** A gateway over servers `a`, `b`, … that answer a chat with these replies. */
async function setUp(replies: readonly Reply[], kind: FakeKind = 'openai_compatible'): Promise<TestGateway> {
  const servers: { url: string; kind: FakeKind }[] = [];
  for (const reply of replies) {
    const upstream = await startFakeUpstream(chatScript(() => reply));
    running.push({ stop: () => upstream.close() });
    servers.push({ url: upstream.url, kind });
  }
  const laneway = await startGateway({
    config: laneOfKinds(servers),
    types: FAKE_TYPES,
    variables: FAKE_VARIABLES,
  });
  running.push(laneway);
  return laneway;
}

const encoded = (encoding: string, status: number, body: Buffer, type = 'application/json'): Reply =>
  text(status, body, { 'content-type': type, 'content-encoding': encoding });

const { zstdCompressSync } = zlib as { readonly zstdCompressSync?: (body: Buffer) => Buffer };
const WHOLE = Buffer.from(JSON.stringify(completion('Hello there')));
const STREAM = Buffer.from(
  [...chunks('Hello', ' there'), '[DONE]'].map((each) => `data: ${each}\n\n`).join(''),
);

const PACKED: readonly (readonly [string, (body: Buffer) => Buffer])[] = [
  ['gzip', gzipSync],
  ['X-GZIP', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
  // In Node from 22.15 on.
  ...(zstdCompressSync === undefined ? [] : [['zstd', zstdCompressSync] as const]),
];

describe('wire case 11: an upstream that compresses although it was asked not to', () => {
  test.each(PACKED)('(%s) is read, and the client gets plain bytes', async (encoding, pack) => {
    const laneway = await setUp([encoded(encoding, 200, pack(WHOLE))]);
    const reply = await laneway.chat({ model: 'main' });
    expect(reply.headers.get('content-encoding')).toBeNull();
    expect(await reply.json()).toEqual(completion('Hello there'));
  });

  test.each(PACKED)('(%s) is read in a stream too, also where it is assembled', async (encoding, pack) => {
    const stream = encoded(encoding, 200, pack(STREAM), 'text/event-stream');
    const laneway = await setUp([stream]);
    expect(await (await laneway.chat({ model: 'main', stream: true })).text()).toBe(STREAM.toString());
    const assembling = await setUp([stream], 'streams_only');
    expect(await (await assembling.chat({ model: 'main' })).json()).toMatchObject({
      choices: [{ message: { content: 'Hello there' } }],
    });
  });

  test('its events arrive when it flushes them, not at the end of the stream', async () => {
    const [role = '', word = '', finish = ''] = chunks('Hello');
    const flushed = (events: string): Buffer =>
      deflateRawSync(events, { finishFlush: constants.Z_SYNC_FLUSH });
    let release = (): void => undefined;
    const first = flushed(`data: ${role}\n\ndata: ${word}\n\n`);
    const last = deflateRawSync(`data: ${finish}\n\ndata: [DONE]\n\n`);
    const headers = { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' };
    const laneway = await setUp([
      [
        head(200, { ...headers, 'content-encoding': 'deflate' }),
        chunk(first),
        until(new Promise<void>((done) => (release = done))),
        chunk(last),
        lastChunk(),
      ],
    ]);
    const reply = await laneway.chat({ model: 'main', stream: true });
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
    let seen = '';
    while (!seen.includes('Hello')) seen += Buffer.from((await reader.read()).value ?? []).toString();
    release();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      seen += Buffer.from(value).toString();
    }
    expect(seen).toContain('[DONE]');
  });

  test('a client that reads slowly gets all of it', async () => {
    const words = Array.from({ length: 60 }, () => randomBytes(64 * 1024).toString('base64'));
    const events = [...chunks(...words), '[DONE]'].map((each) => `data: ${each}\n\n`).join('');
    const laneway = await setUp([encoded('gzip', 200, gzipSync(events), 'text/event-stream')]);
    const reply = await laneway.chat({ model: 'main', stream: true });
    await sleep(500);
    expect((await reply.text()) === events).toBe(true);
  });

  test('its error is classified by its words', async () => {
    const words = { error: { message: 'Your quota is used up', code: 'insufficient_quota', type: 'x' } };
    const laneway = await setUp([encoded('gzip', 429, gzipSync(JSON.stringify(words)))]);
    const reply = await laneway.chat({ model: 'main' });
    expect(reply.status).toBe(429);
    expect(reply.headers.get('content-encoding')).toBeNull();
    expect(await reply.text()).toContain('Your quota is used up');
    expect((await laneway.trace(reply)).attempts[0]?.class).toBe('quota');
  });

  test.each([
    ['zip', WHOLE, 'zip'],
    ['gzip, br', gzipSync(WHOLE), 'gzip, br'],
    ['gzip', WHOLE, 'damaged'],
    ['br', gzipSync(WHOLE), 'damaged'],
  ])(
    'an encoding that cannot be read (%s) is upstream_malformed: the next target',
    async (encoding, body, words) => {
      const laneway = await setUp([encoded(encoding, 200, body), json(200, completion('From b'))]);
      const reply = await laneway.chat({ model: 'main' });
      expect(await reply.text()).toContain('From b');
      const [attempt] = (await laneway.trace(reply)).attempts;
      expect(attempt?.class).toBe('malformed');
      expect(attempt?.message).toContain('compressed');
      expect(attempt?.message).toContain(words);
    },
  );

  test.each([
    ['a reply', false, 'application/json', 65 * 1024 * 1024],
    ['an event', true, 'text/event-stream', 17 * 1024 * 1024],
  ])('a bomb in %s is upstream_too_large: the unpacked size counts', async (_name, stream, type, bytes) => {
    const bomb = gzipSync(Buffer.alloc(bytes, 'data: '));
    expect(bomb.length).toBeLessThan(200_000);
    const laneway = await setUp([encoded('gzip', 200, bomb, type)]);
    const reply = await laneway.chat({ model: 'main', stream });
    expect(reply.status).toBe(502);
    expect(await reply.json()).toMatchObject({
      error: { code: 'upstream_too_large', message: expect.stringContaining('than') as string },
    });
  });

  test('a bomb in an error is cut at the limit of errors', async () => {
    const laneway = await setUp([encoded('gzip', 500, gzipSync(Buffer.alloc(50 * 1024 * 1024, 'x')))]);
    const reply = await laneway.chat({ model: 'main' });
    expect(reply.status).toBe(502);
    expect((await reply.text()).length).toBeLessThan(2_000);
  });

  test('an error whose encoding cannot be read is classified by its status', async () => {
    const laneway = await setUp([encoded('zip', 429, WHOLE), json(200, completion('From b'))]);
    const reply = await laneway.chat({ model: 'main' });
    expect((await laneway.trace(reply)).attempts.map((each) => each.class)).toEqual(['rate_limited', null]);
  });

  test('a stream without compression is not touched', async () => {
    const laneway = await setUp([sse([...chunks('Hello', ' there'), '[DONE]'])]);
    expect(await (await laneway.chat({ model: 'main', stream: true })).text()).toBe(STREAM.toString());
  });
});
