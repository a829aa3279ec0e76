import OpenAI, { toFile } from 'openai';
import { afterEach, describe, expect, test } from 'vitest';

import { head, json, send, text } from '../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../support/fake-upstream.ts';
import { startGateway, type GatewayOptions, type TestGateway } from '../support/gateway.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

const SOUND = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 256));
const IMAGE = { created: 1, data: [{ b64_json: 'AAAA' }], usage: { input_tokens: 3, output_tokens: 4 } };

/** A server with all the calls, in the shapes of OpenAI's. */
function answer({ path, headers }: FakeRequest): Reply {
  switch (path) {
    case '/v1/moderations':
      return json(200, { id: 'modr-1', model: 'omni', results: [{ flagged: true }] });
    case '/v1/audio/speech':
      return text(200, SOUND, { 'content-type': 'audio/mpeg', 'x-ratelimit-limit-requests': '9' });
    case '/v1/audio/transcriptions':
    case '/v1/audio/translations':
      return json(200, { text: `heard ${headers['content-type']?.split(';')[0] ?? ''}` });
    case '/v1/images/generations':
    case '/v1/images/edits':
    case '/v1/images/variations':
      return json(200, IMAGE);
    default:
      return json(404, { detail: 'Not Found' });
  }
}

interface SetUp {
  readonly laneway: TestGateway;
  readonly upstream: FakeUpstream;
  readonly client: OpenAI;
  readonly sent: () => readonly FakeRequest[];
}

async function setUp(
  script: (request: FakeRequest) => Reply = answer,
  options: Partial<GatewayOptions> = {},
): Promise<SetUp> {
  const upstream = await startFakeUpstream((request) =>
    request.method === 'GET' ? json(200, { object: 'list', data: [{ id: 'm' }] }) : script(request),
  );
  running.push({ stop: () => upstream.close() });
  const laneway = await startGateway({
    config: {
      default_lane: 'main',
      providers: {
        up: { type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true },
        claude: { type: 'anthropic', base_url: upstream.url, local: true },
        groq: { type: 'groq', base_url: `${upstream.url}/openai/v1`, local: true, api_key: 'env:FAKE_KEY' },
      },
      lanes: { main: { preferred: ['up/m'] } },
      nodes: { evaluate: { model: 'up/m' } },
      aliases: { 'whisper-1': 'up/whisper-1' },
    },
    variables: { FAKE_KEY: 'sk-fake-key' },
    ...options,
  });
  running.push(laneway);
  const client = new OpenAI({ baseURL: `${laneway.url}/v1`, apiKey: 'sk-fake-client', maxRetries: 0 });
  const sent = (): readonly FakeRequest[] => upstream.requests.filter(({ method }) => method === 'POST');
  return { laneway, upstream, client, sent };
}

interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

async function failure(reply: Response): Promise<Failure> {
  const { error } = (await reply.json()) as { error: { code: string; message: string } };
  return { status: reply.status, code: error.code, message: error.message };
}

function post(laneway: TestGateway, path: string, body: object, headers = {}): Promise<Response> {
  return fetch(laneway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

describe('the openai SDK', () => {
  test('moderates', async () => {
    const { client, sent } = await setUp();
    const { results } = await client.moderations.create({ model: 'up/omni', input: ['a', 'b'] });
    expect(results).toEqual([{ flagged: true }]);
    expect(sent()[0]?.json()).toEqual({ model: 'omni', input: ['a', 'b'] });
  });

  test('gets speech byte for byte, with its type', async () => {
    const { laneway, client, sent } = await setUp();
    const reply = await client.audio.speech.create({ model: 'up/tts-1', input: 'Hello.', voice: 'alloy' });
    expect(Buffer.from(await reply.arrayBuffer())).toEqual(SOUND);
    expect(reply.headers.get('content-type')).toBe('audio/mpeg');
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
    expect(reply.headers.get('content-length')).toBe('5000');
    expect(reply.headers.get('x-ratelimit-limit-requests')).toBe('9');
    expect(reply.headers.get('x-laneway-target')).toBe('up/tts-1');
    expect(sent()[0]?.json()).toEqual({ model: 'tts-1', input: 'Hello.', voice: 'alloy' });
    const trace = await laneway.trace(reply);
    expect(trace).toMatchObject({
      state: 'settled',
      target: 'up/tts-1',
      status: 200,
      node: null,
      lane: null,
    });
  });

  test.each(['up/whisper-1', 'whisper-1'])('uploads a file for a transcription: %s', async (model) => {
    const { client, sent } = await setUp();
    const file = await toFile(SOUND, 'speech.mp3', { type: 'audio/mpeg' });
    const { text: heard } = await client.audio.transcriptions.create({ model, file, language: 'en' });
    expect(heard).toBe('heard multipart/form-data');
    const [request] = sent();
    const form = await new Response(new Uint8Array(request?.body ?? []), {
      headers: { 'content-type': request?.headers['content-type'] ?? '' },
    }).formData();
    expect([form.get('model'), form.get('language')]).toEqual(['whisper-1', 'en']);
    const upload = form.get('file') as File;
    expect([upload.name, upload.type]).toEqual(['speech.mp3', 'audio/mpeg']);
    expect(Buffer.from(await upload.arrayBuffer())).toEqual(SOUND);
    expect(request?.headers['content-length']).toBe(String(request?.body.length));
  });

  test('a file of 3 MB arrives whole', async () => {
    const { client, sent } = await setUp();
    const file = await toFile(Buffer.alloc(3_000_000, 'ab\r\n--'), 'a.wav');
    await client.audio.translations.create({ model: 'up/whisper-1', file });
    expect(sent()[0]?.path).toBe('/v1/audio/translations');
    expect(sent()[0]?.body.includes(Buffer.alloc(3_000_000, 'ab\r\n--'))).toBe(true);
  });

  test('generates, edits and varies images', async () => {
    const { client, sent } = await setUp();
    const image = await toFile(SOUND, 'a.png', { type: 'image/png' });
    const made = await client.images.generate({ model: 'up/gpt-image-1', prompt: 'A cat' });
    expect(made).toMatchObject(IMAGE);
    await client.images.edit({ model: 'up/gpt-image-1', prompt: 'With a hat', image: [image, image] });
    await client.images.createVariation({ model: 'up/dall-e-2', image });
    expect(sent().map(({ path }) => path)).toEqual([
      '/v1/images/generations',
      '/v1/images/edits',
      '/v1/images/variations',
    ]);
  });

  test('reads a transcription as a stream', async () => {
    const events = [
      { type: 'transcript.text.delta', delta: 'hel' },
      { type: 'transcript.text.done', text: 'hello' },
    ];
    const { client } = await setUp(() => [
      head(200, { 'content-type': 'text/event-stream; charset=utf-8', connection: 'close' }),
      ...events.map((event) => send(`data: ${JSON.stringify(event)}\n\n`)),
      { close: 'end' },
    ]);
    const file = await toFile(SOUND, 'a.mp3');
    const stream = await client.audio.transcriptions.create({ model: 'up/x', file, stream: true });
    const read: unknown[] = [];
    for await (const event of stream) read.push(event);
    expect(read).toEqual(events);
  });

  test('an error of the server has its status and words', async () => {
    const words = 'Unsupported voice';
    const { client } = await setUp(() => json(400, { error: { message: words, type: 'x', param: 'voice' } }));
    const made = client.audio.speech.create({ model: 'up/tts', input: 'a', voice: 'b' });
    await expect(made).rejects.toMatchObject({ status: 400, param: 'voice' });
    await expect(made).rejects.toThrow(words);
  });
});

describe('who answers', () => {
  test('a name that is no full id is 400 with the form to use, and nothing is sent', async () => {
    const { laneway, sent } = await setUp();
    for (const model of [undefined, 'evaluate', 'main', 'm', 'auto']) {
      const { status, code, message } = await failure(await post(laneway, '/v1/moderations', { model }));
      expect([status, code]).toEqual([400, 'unsupported_parameter']);
      expect(message).toContain('openai/whisper-1');
    }
    expect(sent()).toEqual([]);
  });

  test('a provider whose type lacks the call is 400, with the providers that may have it, key or not', async () => {
    const { laneway, sent } = await setUp();
    const noSpeech = await failure(await post(laneway, '/v1/audio/speech', { model: 'claude/x' }));
    expect(noSpeech).toMatchObject({ status: 400, code: 'unsupported_parameter' });
    expect(noSpeech.message).toMatch(/: up, groq$/);
    const noImages = await failure(await post(laneway, '/v1/images/generations', { model: 'groq/x' }));
    expect(noImages.message).toMatch(/: up$/);
    expect(sent()).toEqual([]);
  });

  test('groq is asked at its own path', async () => {
    const { laneway, sent } = await setUp();
    await post(laneway, '/v1/audio/speech', { model: 'groq/playai-tts', input: 'a' });
    expect(sent()[0]?.path).toBe('/openai/v1/audio/speech');
    expect(sent()[0]?.headers['authorization']).toBe('Bearer sk-fake-key');
  });

  test('a server without the call is named, and stays healthy', async () => {
    const { laneway } = await setUp(() => json(404, { detail: 'Not Found' }));
    for (let times = 0; times < 6; times += 1) {
      const { status, message } = await failure(await post(laneway, '/v1/audio/speech', { model: 'up/m' }));
      expect([status, message]).toEqual([
        400,
        expect.stringMatching(/404.*may not have \/v1\/audio\/speech/),
      ]);
    }
    expect((await laneway.chat({ model: 'up/m' })).headers.get('x-laneway-attempts')).toBe('1');
  });

  test('there is one attempt, whatever the failure', async () => {
    const { laneway, sent } = await setUp(() => json(503, { error: { message: 'overloaded' } }));
    const reply = await post(laneway, '/v1/images/generations', { model: 'up/m' });
    expect(await failure(reply)).toMatchObject({ status: 503, code: 'upstream_busy' });
    expect(sent()).toHaveLength(1);
  });
});

describe('what is accepted', () => {
  const form = (): FormData => {
    const body = new FormData();
    body.set('file', new Blob([new Uint8Array(SOUND)]), 'a.mp3');
    body.set('model', 'up/whisper-1');
    return body;
  };

  test('the calls with files also take JSON; the others take no form', async () => {
    const { laneway } = await setUp();
    expect((await post(laneway, '/v1/images/edits', { model: 'up/m' })).status).toBe(200);
    for (const path of ['/v1/moderations', '/v1/audio/speech', '/v1/chat/completions']) {
      const reply = await fetch(laneway.url + path, { method: 'POST', body: form() });
      expect(await failure(reply)).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    }
  });

  test.each([
    ['without a boundary', 'multipart/form-data', 415],
    ['with another boundary', 'multipart/form-data; boundary=other', 400],
    ['of another type', 'application/x-www-form-urlencoded', 415],
  ])('a form %s is rejected', async (_name, type, status) => {
    const { laneway, sent } = await setUp();
    const reply = await fetch(`${laneway.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: 'model=up/whisper-1',
    });
    expect(reply.status).toBe(status);
    expect(sent()).toEqual([]);
  });

  test('a web page of another origin cannot upload a form, and without the key nobody can', async () => {
    const { laneway, sent } = await setUp(answer, {
      access: { adminToken: 'lw-fake-admin-token-0123456789', dataPlane: 'closed' },
    });
    const url = `${laneway.url}/v1/audio/transcriptions`;
    const keyless = await fetch(url, { method: 'POST', body: form() });
    expect(keyless.status).toBe(401);
    const foreign = { method: 'POST', body: form(), headers: { origin: 'https://evil.example' } };
    expect([401, 403]).toContain((await fetch(url, foreign)).status);
    const headers = { authorization: 'Bearer lw-fake-admin-token-0123456789' };
    expect((await fetch(url, { method: 'POST', body: form(), headers })).status).toBe(200);
    expect(sent()).toHaveLength(1);
  });

  test('on loopback without a key a foreign origin is 403', async () => {
    const { laneway, sent } = await setUp();
    const reply = await fetch(`${laneway.url}/v1/images/edits`, {
      method: 'POST',
      body: form(),
      headers: { origin: 'https://evil.example' },
    });
    expect(await failure(reply)).toMatchObject({ status: 403, code: 'origin_not_allowed' });
    expect(sent()).toEqual([]);
  });

  test('a file above the limit of bodies is 413', async () => {
    const { laneway } = await setUp(answer, { maxBodyBytes: 4_000 });
    const reply = await fetch(`${laneway.url}/v1/audio/transcriptions`, { method: 'POST', body: form() });
    expect(await failure(reply)).toMatchObject({ status: 413, code: 'request_too_large' });
  });

  test('a request has a row in the ledger and counts in the metrics', async () => {
    const { laneway } = await setUp();
    const reply = await fetch(`${laneway.url}/v1/audio/transcriptions`, { method: 'POST', body: form() });
    await reply.text();
    await laneway.trace(reply);
    const { requests } = (await laneway.get('/api/debug/requests')) as {
      requests: Record<string, unknown>[];
    };
    expect(requests[0]).toMatchObject({
      endpoint: '/v1/audio/transcriptions',
      wire: 'openai-audio-transcriptions',
      requested: 'up/whisper-1',
      target: 'up/whisper-1',
      state: 'settled',
    });
    const metrics = await (await fetch(`${laneway.url}/metrics`)).text();
    expect(metrics).toMatch(/endpoint="\/v1\/audio\/transcriptions"/);
  });
});
