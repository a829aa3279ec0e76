import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { json, sse, text } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { chunks, completion, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { FAKE_VARIABLES, laneOfKinds, message, messageStream } from '../support/two-wires.ts';

const HELLO = [{ role: 'user', content: 'Hello?' }];
const blocks = [{ type: 'text', text: 'hello' }] as const;
const isStream = (body: unknown): boolean => (body as { stream?: boolean }).stream === true;

let openAi: FakeUpstream;
let zipping: FakeUpstream;
let anthropic: FakeUpstream;
let laneway: TestGateway;
beforeAll(async () => {
  openAi = await startFakeUpstream(
    chatScript(({ json: body }) =>
      isStream(body()) ? sse([...chunks('hello'), '[DONE]']) : json(200, completion('hello')),
    ),
  );
  zipping = await startFakeUpstream(
    chatScript(() =>
      text(200, gzipSync(JSON.stringify(completion('zipped'))), {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      }),
    ),
  );
  anthropic = await startFakeUpstream(
    chatScript(({ json: body }) => (isStream(body()) ? messageStream(blocks) : json(200, message(blocks)))),
  );
  const servers = [
    { url: openAi.url, kind: 'openai_compatible' },
    { url: anthropic.url, kind: 'anthropic' },
    { url: zipping.url, kind: 'openai_compatible' },
  ] as const;
  laneway = await startGateway({ config: laneOfKinds(servers), variables: FAKE_VARIABLES });
});
afterAll(async () => {
  await laneway.stop();
  await openAi.close();
  await anthropic.close();
  await zipping.close();
});

function post(path: string, body: string | Uint8Array<ArrayBuffer>, headers = {}): Promise<Response> {
  const own = { 'content-type': 'application/json', ...headers };
  return fetch(laneway.url + path, { method: 'POST', headers: own, body });
}

test('wire case 11: upstreams are asked for plain bytes, and a reply compressed anyway is passed on unpacked', async () => {
  const answer = await laneway.chat({ model: 'a/m' }, { 'accept-encoding': 'gzip, br' });
  expect(openAi.requests.at(-1)?.headers['accept-encoding']).toBe('identity');
  expect(answer.headers.get('content-encoding')).toBeNull();
  expect((await answer.json()) as object).toMatchObject({ choices: [{ message: { content: 'hello' } }] });
  const unpacked = await laneway.chat({ model: 'c/m' }, { 'accept-encoding': 'gzip' });
  expect(unpacked.headers.get('content-encoding')).toBeNull();
  expect(await unpacked.json()).toMatchObject({ choices: [{ message: { content: 'zipped' } }] });
});

test.each(['/v1/chat/completions', '/v1/messages'])(
  'wire cases 17, 18: %s streams on request, with headers that disable buffering',
  async (path) => {
    const body = JSON.stringify({ model: 'a/m', max_tokens: 9, stream: true, messages: HELLO });
    const answer = await post(path, body, { accept: 'application/json', 'accept-encoding': 'gzip' });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
    expect(answer.headers.get('content-encoding')).toBeNull();
    expect(await answer.text()).toContain('data: ');
  },
);

const PACKED = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
] as const;

test.each(PACKED)('wire case 19: a body in %s is read like a plain one', async (encoding, pack) => {
  const plain = JSON.stringify({ model: 'a/m', messages: HELLO });
  const send = (body: string | Buffer, name: string): Promise<Response> =>
    post('/v1/chat/completions', typeof body === 'string' ? body : new Uint8Array(body), {
      'content-encoding': name,
    });
  expect((await send(pack(plain), encoding)).status).toBe(200);
  expect((await send(plain, 'identity')).status).toBe(200);
  const broken = await send(pack(plain).subarray(0, 9), encoding);
  expect(broken.status).toBe(400);
  expect(await broken.json()).toMatchObject({ error: { code: 'invalid_body' } });
});

test('wire case 19: a small body that becomes a large one is 413, and an unknown encoding 415 with the known ones', async () => {
  const bomb = gzipSync(`{"model":"${'x'.repeat(65 * 1024 * 1024)}"}`);
  const large = await post('/v1/chat/completions', new Uint8Array(bomb), { 'content-encoding': 'gzip' });
  expect(large.status).toBe(413);
  const body = JSON.stringify({ model: 'a/m', messages: HELLO });
  const unknown = await post('/v1/chat/completions', body, { 'content-encoding': 'compress' });
  expect(unknown.status).toBe(415);
  expect(await unknown.json()).toMatchObject({
    error: {
      code: 'unsupported_media_type',
      message: expect.stringContaining('gzip, deflate, br, zstd') as string,
    },
  });
});

test('wire case 22: a trailing slash is ignored', async () => {
  const body = JSON.stringify({ model: 'a/m', messages: HELLO });
  expect((await post('/v1/chat/completions/', body)).status).toBe(200);
  expect((await fetch(`${laneway.url}/v1/models/`)).status).toBe(200);
});

test('wire case 22: the paths of the groq-sdk, which begin with /openai, are routed', async () => {
  const body = JSON.stringify({ model: 'a/m', messages: HELLO });
  expect((await post('/openai/v1/chat/completions', body)).status).toBe(200);
  expect((await fetch(`${laneway.url}/openai/v1/models`)).status).toBe(200);
  expect((await post('/openai/v1/v1/chat/completions', body)).status).toBe(404);
  expect((await post('/openai/api/debug/models/reset', '{}')).status).toBe(404);
});

test.each(['/v1/v1/chat/completions', '/groq/v1/chat/completions', '/chat/completions', '/v1/messages/v1'])(
  'wire cases 22, 23: %s is a clear 404 in JSON',
  async (path) => {
    const answer = await post(path, '{}');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    const { error } = (await answer.json()) as { error: { message: string } };
    expect(error.message).toContain(`no route for POST ${path}`);
  },
);

test('wire case 93: a reply names the model that answered, whole and streamed, whatever the request called it', async () => {
  for (const model of ['auto', 'lane:main', 'a/m', 'b/m']) {
    const whole = (await (await laneway.chat({ model })).json()) as { model: string };
    const stream = await (await laneway.chat({ model, stream: true })).text();
    expect([whole.model, ...new Set(stream.match(/(?<="model":")[^"]+/g))]).toEqual(['m', 'm']);
    const body = JSON.stringify({ model, max_tokens: 9, messages: HELLO });
    expect(((await (await post('/v1/messages', body)).json()) as { model: string }).model).toBe('m');
  }
});

test('wire case 200: an unknown model is 404 with its name in the message', async () => {
  const answer = await laneway.chat({ model: 'gpt-unheard-of' });
  expect(answer.status).toBe(404);
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  expect(error.code).toBe('model_not_found');
  expect(error.message).toContain('gpt-unheard-of');
});

test('wire case 203: of a client’s headers only those of its wire are forwarded, and only to that wire', async () => {
  const headers = {
    cookie: 'session=1',
    'x-forwarded-for': '10.0.0.1',
    'x-stainless-lang': 'js',
    'openai-organization': 'org-fake',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'some-beta',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  const body = (model: string): string => JSON.stringify({ model, max_tokens: 9, messages: HELLO });
  await (await post('/v1/messages', body('a/m'), headers)).text();
  await (await post('/v1/messages', body('b/m'), headers)).text();
  const passed = [openAi, anthropic].map(({ requests }) =>
    Object.keys(headers).filter((name) => requests.at(-1)?.headers[name] !== undefined),
  );
  expect(passed).toEqual([['traceparent'], ['anthropic-version', 'anthropic-beta', 'traceparent']]);
});
