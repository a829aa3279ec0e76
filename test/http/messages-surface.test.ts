import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { json, text } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { messageReply, messagesError } from '../support/messages-replies.ts';

const TOKEN = 'fake-admin-token';
const BODY = {
  model: 'claude/claude-sonnet-4-5',
  max_tokens: 5,
  messages: [{ role: 'user', content: 'Hi' }],
};

interface Envelope {
  readonly type: string;
  readonly error: { readonly type: string; readonly message: string };
  readonly request_id: string;
}

let upstream: FakeUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startFakeUpstream(messageReply([{ type: 'text', text: 'Hi.' }]));
  gateway = await startGateway({
    discover: false,
    maxBodyBytes: 20_000,
    variables: { KEY: 'sk-fake-upstream' },
    access: { adminToken: TOKEN, dataPlane: 'closed' },
    config: {
      default_lane: 'main',
      providers: {
        claude: { type: 'anthropic', base_url: upstream.url, api_key: 'env:KEY' },
        second: { type: 'anthropic', base_url: upstream.url, api_key: 'env:KEY' },
        open: { type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true },
      },
      lanes: { main: { preferred: ['claude/claude-sonnet-4-5', 'second/claude-haiku-4-5'] } },
    },
  });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const KEY = { 'x-api-key': TOKEN };

function post(path: string, body: unknown, headers: Record<string, string> = KEY): Promise<Response> {
  return fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function envelope(reply: Response): Promise<Envelope> {
  const error = (await reply.json()) as Envelope;
  expect(error.type).toBe('error');
  expect(error.request_id).toBe(reply.headers.get('x-request-id'));
  expect(reply.headers.get('request-id')).toBe(error.request_id);
  return error;
}

describe('wire case 124: who may call', () => {
  test.each([
    [{ 'x-api-key': TOKEN }],
    [{ authorization: `Bearer ${TOKEN}` }],
    [{ ...KEY, authorization: `Bearer ${TOKEN}` }],
  ])('with %j', async (headers) => {
    const reply = await post('/v1/messages', BODY, headers);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('request-id')).toBe(reply.headers.get('x-request-id'));
  });

  test('without a key, a 401 in Anthropic’s envelope', async () => {
    const reply = await post('/v1/messages', BODY, {});
    expect(reply.status).toBe(401);
    expect((await envelope(reply)).error.type).toBe('authentication_error');
  });
});

test('wire case 125: ?beta=true, which Claude Code sends, is the same call', async () => {
  const reply = await post('/v1/messages?beta=true', BODY);
  expect(reply.status).toBe(200);
  expect(await reply.json()).toMatchObject({ type: 'message', content: [{ type: 'text', text: 'Hi.' }] });
});

describe('wire case 23: every error below /v1/messages is in Anthropic’s envelope', () => {
  test.each([
    ['a path that is not there', '/v1/messages/batches', BODY, 404, 'not_found_error'],
    ['a model that is not there', '/v1/messages', { ...BODY, model: 'nope' }, 404, 'not_found_error'],
    ['a body over the limit', '/v1/messages', 'x'.repeat(30_000), 413, 'request_too_large'],
    ['no JSON', '/v1/messages', '{', 400, 'invalid_request_error'],
    ['wire case 85: no messages', '/v1/messages', { model: 'm' }, 400, 'invalid_request_error'],
    ['no messages to count', '/v1/messages/count_tokens', {}, 400, 'invalid_request_error'],
  ])('%s', async (_, path, body, status, type) => {
    const reply = await post(path, body);
    expect(reply.status).toBe(status);
    expect((await envelope(reply)).error.type).toBe(type);
  });

  test('for a wrong method or content type', async () => {
    const got = await fetch(`${gateway.url}/v1/messages`, { headers: KEY });
    expect(got.status).toBe(405);
    await envelope(got);
    const typed = await post('/v1/messages', 'a=b', {
      ...KEY,
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(typed.status).toBe(415);
    await envelope(typed);
  });

  test('other paths use OpenAI’s', async () => {
    for (const path of ['/v1/messagesx', '/v1/other']) {
      expect(await (await post(path, BODY)).json()).toMatchObject({ error: { code: 'route_not_found' } });
    }
  });
});

test('wire case 140: after several targets the error lists the chain; a fault of the caller keeps the vendor’s words', async () => {
  upstream.use(messagesError(500, 'api_error', 'Internal'));
  const chain = await post('/v1/messages', { ...BODY, model: 'lane:main' });
  expect(chain.status).toBe(502);
  expect((await envelope(chain)).error.message).toMatch(/claude-sonnet-4-5 .*second\/claude-haiku-4-5/);

  upstream.use((request) =>
    request.json() !== null && (request.json() as { model: string }).model.includes('haiku')
      ? messagesError(400, 'invalid_request_error', 'no')
      : messagesError(500, 'api_error', 'Internal'),
  );
  const fault = await post('/v1/messages', { ...BODY, model: 'lane:main' });
  expect(fault.status).toBe(400);
  expect(await fault.text()).toContain('"request_id":"req_theirs"');
  upstream.use(messageReply([]));
});

test('wire case 117: a spend limit keeps the vendor’s words and its advice on retries', async () => {
  const body =
    '{"type":"error","error":{"type":"rate_limit_error","message":"over the limit","details":{"error_code":"contract_spend_limit_reached"}}}';
  upstream.use(
    text(429, body, {
      'content-type': 'application/json',
      'x-should-retry': 'false',
      'anthropic-ratelimit-unified-status': 'rejected',
      'set-cookie': 'a=b',
    }),
  );
  const reply = await post('/v1/messages', BODY);
  expect(reply.status).toBe(429);
  expect(await reply.text()).toBe(body);
  expect(reply.headers.get('x-should-retry')).toBe('false');
  expect(reply.headers.get('anthropic-ratelimit-unified-status')).toBe('rejected');
  expect(reply.headers.get('set-cookie')).toBeNull();
  upstream.use(messageReply([]));
});

test('wire case 140: a provider key in the vendor’s words is not passed on', async () => {
  upstream.use(messagesError(400, 'invalid_request_error', 'bad header sk-fake-upstream'));
  const error = await (await post('/v1/messages', BODY)).text();
  expect(error).toContain('bad header');
  expect(error).not.toContain('sk-fake-upstream');
  upstream.use(messageReply([]));
});

test('headers of one wire do not reach an upstream of another', async () => {
  const before = upstream.requests.length;
  const sent = {
    ...KEY,
    'anthropic-beta': 'a',
    'anthropic-version': '2023-06-01',
    'openai-beta': 'b',
    traceparent: 't',
  };
  await post('/v1/messages', BODY, sent);
  await post('/v1/messages', { ...BODY, model: 'open/m' }, sent);
  const [same, other] = upstream.requests.slice(before).map(({ headers }) => headers);
  expect(same).toMatchObject({ 'anthropic-beta': 'a', 'anthropic-version': '2023-06-01', traceparent: 't' });
  expect(same).not.toHaveProperty('openai-beta');
  expect(other).toMatchObject({ traceparent: 't' });
  expect(other).not.toHaveProperty('anthropic-beta');
  expect(other).not.toHaveProperty('anthropic-version');
});

test.each(['/', '/api/hello'])('wire case 24: HEAD %s is fast and not an error', async (path) => {
  const reply = await fetch(gateway.url + path, { method: 'HEAD', headers: KEY });
  expect([200, 404]).toContain(reply.status);
});

test('wire case 20: a body over 1 MiB is read off the serving thread, with the same facts and bytes', async () => {
  const before = upstream.requests.length;
  const large = await startGateway({
    discover: false,
    variables: { KEY: 'sk-fake-upstream' },
    config: {
      default_lane: 'main',
      providers: { claude: { type: 'anthropic', base_url: upstream.url, api_key: 'env:KEY' } },
      lanes: { main: { preferred: ['claude/claude-sonnet-4-5'] } },
    },
  });
  try {
    const content = [{ type: 'text', text: 'Grüße '.repeat(300_000) }];
    const body = JSON.stringify({ ...BODY, messages: [{ role: 'user', content }], x_new: 1 });
    for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
      upstream.use(path.endsWith('tokens') ? json(200, { input_tokens: 1 }) : messageReply([]));
      const reply = await fetch(large.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(reply.status).toBe(200);
    }
    const sent = upstream.requests.slice(before).map((request) => request.body.toString());
    const expected = body.replace('claude/claude-sonnet-4-5', 'claude-sonnet-4-5');
    expect(sent.map((each) => each === expected)).toEqual([true, true]);
  } finally {
    await large.stop();
    upstream.use(messageReply([]));
  }
});

describe('count_tokens', () => {
  test('is answered by an Anthropic upstream, byte for byte, and recorded in the ledger', async () => {
    upstream.use(json(200, { input_tokens: 37, new_key: 1 }));
    const reply = await post('/v1/messages/count_tokens?beta=true', { ...BODY, max_tokens: undefined });
    expect(await reply.text()).toBe('{"input_tokens":37,"new_key":1}');
    const sent = upstream.requests.at(-1);
    expect(sent?.path).toBe('/v1/messages/count_tokens');
    // The call has no generation parameters, so none are added.
    expect(sent?.json()).toEqual({ model: 'claude-sonnet-4-5', messages: BODY.messages });
    const id = reply.headers.get('x-request-id') ?? '';
    await expect
      .poll(async () => {
        const found = await fetch(`${gateway.url}/api/debug/requests/${id}`, { headers: KEY });
        return found.json();
      })
      .toMatchObject({
        endpoint: '/v1/messages/count_tokens',
        state: 'settled',
        target: 'claude/claude-sonnet-4-5',
      });
  });

  test('wire case 139: elsewhere it is an estimate on the high side, without an upstream call', async () => {
    const before = upstream.requests.length;
    // 200 tokens by any tokenizer.
    const prompt = 'The quick brown fox jumps over the lazy dog. '.repeat(20);
    const reply = await post('/v1/messages/count_tokens', {
      model: 'open/m',
      stream: true,
      messages: [{ role: 'user', content: prompt }],
    });
    const { input_tokens: tokens } = (await reply.json()) as { input_tokens: number };
    expect(tokens).toBeGreaterThanOrEqual(200);
    expect(tokens).toBeLessThan(400);
    expect(reply.headers.get('x-laneway-warnings')).toBe('tokens_estimated=open/m');
    expect(reply.headers.get('x-laneway-target')).toBe('open/m');
    expect(upstream.requests).toHaveLength(before);
  });

  test.each([404, 405])(
    'wire case 139: the client gets a count even if a server of Anthropic’s wire lacks the call (%s)',
    async (status) => {
      upstream.use(messagesError(status, 'not_found_error', 'Not Found'));
      const reply = await post('/v1/messages/count_tokens', BODY);
      expect(reply.status).toBe(200);
      expect(await reply.json()).toEqual({ input_tokens: expect.any(Number) as number });
      expect(reply.headers.get('x-laneway-warnings')).toBe('tokens_estimated=claude/claude-sonnet-4-5');
    },
  );

  test('of an unknown model is an error', async () => {
    upstream.use(messagesError(404, 'not_found_error', 'model: claude-sonnet-4-5'));
    const reply = await post('/v1/messages/count_tokens', BODY);
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ error: { type: 'not_found_error' } });
  });

  test('a malformed count falls back, and is an error when no target is left', async () => {
    upstream.use(json(200, { hello: 1 }));
    const reply = await post('/v1/messages/count_tokens', BODY);
    expect(reply.status).toBe(502);
    await envelope(reply);
  });
});
