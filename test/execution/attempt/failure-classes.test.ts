import { afterEach, expect, test } from 'vitest';

import { end, head, json, reset, send, sse, text } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { chunks, completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function upstream(answer: Reply): Promise<FakeUpstream> {
  const server = await startFakeUpstream(chatScript(() => answer));
  running.push({ stop: () => server.close() });
  return server;
}

async function gateway(urls: readonly string[], lane: Record<string, unknown> = {}): Promise<TestGateway> {
  const started = await startGateway({ config: laneOver(urls, lane) });
  running.push(started);
  return started;
}

const openAiError = (type: string, code: string | null, message = 'no'): object => ({
  error: { message, type, param: null, code },
});

/** A's reply, its failure class, and the error the client gets when there is no other target. */
const CLASSES: readonly (readonly [name: string, reply: Reply, cls: string, status: number, code: string])[] =
  [
    [
      '503 while a model loads',
      json(503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }),
      'loading',
      503,
      'model_loading',
    ],
    [
      '503 for want of a slot',
      json(503, openAiError('unavailable_error', null, 'no slot available')),
      'busy',
      503,
      'upstream_busy',
    ],
    [
      '529 overloaded (wire case 117)',
      json(529, openAiError('overloaded_error', null)),
      'busy',
      503,
      'upstream_busy',
    ],
    [
      '429',
      json(429, openAiError('rate_limit_error', null), { 'retry-after': '30' }),
      'rate_limited',
      429,
      'upstream_rate_limited',
    ],
    [
      '429 insufficient_quota',
      json(429, openAiError('insufficient_quota', 'insufficient_quota')),
      'quota',
      429,
      'insufficient_quota',
    ],
    ['402', json(402, openAiError('billing_error', null)), 'quota', 429, 'insufficient_quota'],
    [
      '404 model not found (wire case 157)',
      json(404, openAiError('invalid_request_error', 'model_not_found', "model 'm' not found")),
      'gone',
      404,
      'model_not_found',
    ],
    [
      '401 (wire case 198)',
      json(401, openAiError('authentication_error', 'invalid_api_key')),
      'auth',
      502,
      'upstream_auth',
    ],
    ['403', json(403, openAiError('permission_error', null)), 'auth', 502, 'upstream_auth'],
    ['500', json(500, openAiError('server_error', null)), 'unanswered', 502, 'upstream_error'],
    [
      '502',
      text(502, '<html>bad gateway</html>', { 'content-type': 'text/html' }),
      'unanswered',
      502,
      'upstream_error',
    ],
    ['504', text(504, 'late'), 'unanswered', 504, 'upstream_timeout'],
    ['a reset before the headers', [reset()], 'unanswered', 502, 'upstream_disconnected'],
    [
      'a 200 that is HTML',
      text(200, '<html>hello</html>', { 'content-type': 'text/html' }),
      'malformed',
      502,
      'upstream_malformed',
    ],
    ['an empty 200', text(200, ''), 'malformed', 502, 'upstream_malformed'],
    [
      'a 200 that is half JSON',
      text(200, '{"choices":[', { 'content-type': 'application/json' }),
      'malformed',
      502,
      'upstream_malformed',
    ],
    ['a redirect', text(307, '', { location: 'http://127.0.0.1:1/' }), 'malformed', 502, 'upstream_redirect'],
    [
      '17 KiB of headers',
      [head(200, { 'x-long': 'a'.repeat(17 * 1024), 'content-length': '0' })],
      'malformed',
      502,
      'upstream_too_large',
    ],
    ['what is not HTTP', [send('hello\r\n\r\n'), end()], 'malformed', 502, 'upstream_malformed'],
  ];

test.each(CLASSES)(
  'wire cases 196, 197: %s: the next target answers; without one its code is reported',
  async (name, reply, cls, status, code) => {
    const a = await upstream(reply);
    const b = await upstream(json(200, completion('from b')));
    const laneway = await gateway([a.url, b.url]);

    const answer = await laneway.chat({ model: 'main' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'from b' } }] });
    expect(answer.headers.get('x-laneway-target')).toBe('b/m');
    expect(answer.headers.get('x-laneway-attempts')).toBe('2');
    const { attempts, state } = await laneway.trace(answer);
    expect(state).toBe('settled');
    expect(attempts.map((attempt) => attempt.class)).toEqual([cls, null]);
    expect(attempts[1]?.possible_duplicate).toBe(cls === 'unanswered' || cls === 'malformed');
    // A pooled socket that proves dead is repeated once on a fresh one; nothing else is.
    expect(posts(a)).toBe(name.startsWith('a reset') ? 2 : 1);

    const alone = await laneway.chat({ model: 'a/m' });
    expect(alone.status).toBe(status);
    const { error } = (await alone.json()) as { error: { code: string; message: string; type: string } };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^a\/m /);
    const retry = code === 'insufficient_quota' || status === 502 || status === 504 ? 'false' : null;
    expect(alone.headers.get('x-should-retry')).toBe(retry);
    if (retry === null && status !== 404)
      expect(alone.headers.get('retry-after')).toMatch(/^([1-9]|[1-5]\d|60)$/);
    expect(await laneway.trace(alone)).toMatchObject({ state: 'failed', status, error: { code } });
  },
);

/** Chat requests that a server has seen. */
function posts(server: FakeUpstream): number {
  return server.requests.filter(({ method }) => method === 'POST').length;
}

test('a refused connection is not_sent: the next target answers, and is no possible duplicate', async () => {
  const b = await upstream(json(200, completion('from b')));
  const laneway = await gateway(['http://127.0.0.1:1', b.url]);
  // The first probe has found it unreachable; a request that names it alone still tries.
  const alone = await laneway.chat({ model: 'a/m' });
  expect(alone.status).toBe(502);
  expect(await alone.json()).toMatchObject({ error: { code: 'upstream_connect' } });
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.headers.get('x-laneway-target')).toBe('b/m');
});

test('a name that does not resolve is upstream_dns', async () => {
  const laneway = await gateway(['http://no-such-host.invalid']);
  const answer = await laneway.chat({ model: 'main' });
  expect(await answer.json()).toMatchObject({ error: { code: 'upstream_dns' } });
});

test('bad_request stops the chain: the caller gets the upstream’s status, code and words (wire case 199)', async () => {
  const words = 'temperature must be between 0 and 2';
  const a = await upstream(
    json(422, {
      error: { message: words, type: 'invalid_request_error', param: 'temperature', code: 'out_of_range' },
    }),
  );
  const b = await upstream(json(200, completion('from b')));
  const laneway = await gateway([a.url, b.url]);
  const answer = await laneway.chat({ model: 'main', temperature: 9 });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toEqual({
    error: { message: words, type: 'invalid_request_error', param: 'temperature', code: 'out_of_range' },
  });
  expect(posts(b)).toBe(0);
  expect((await laneway.trace(answer)).attempts[0]?.class).toBe('bad_request');
});

test('a lane with on_unanswered: stop never risks a second bill', async () => {
  const a = await upstream([reset()]);
  const b = await upstream(json(200, completion('from b')));
  const laneway = await gateway([a.url, b.url], { on_unanswered: 'stop' });
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.status).toBe(502);
  expect(posts(b)).toBe(0);
});

test('at most three targets are tried, each once, and the last decides (wire case 194)', async () => {
  const servers = await Promise.all(
    [1, 2, 3, 4, 5].map(() => upstream(json(500, openAiError('server_error', null)))),
  );
  const laneway = await gateway(servers.map(({ url }) => url));
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.status).toBe(502);
  const counts = servers.map(posts);
  expect(counts).toEqual([1, 1, 1, 0, 0]);
  const { error } = (await answer.json()) as { error: { message: string } };
  expect(error.message).toContain('d/m, e/m not tried (at most 3 attempts');
  expect(answer.headers.get('x-laneway-attempts')).toBe('3');
});

test('an error event before any content is a failure like any other: the next target gets its turn', async () => {
  const a = await upstream(
    sse([chunks()[0] ?? '', JSON.stringify(openAiError('overloaded_error', null, 'Overloaded'))]),
  );
  const b = await upstream(sse([...chunks('from b'), '[DONE]']));
  const laneway = await gateway([a.url, b.url]);
  const answer = await laneway.chat({ model: 'main', stream: true });
  const body = await answer.text();
  expect(answer.headers.get('x-laneway-target')).toBe('b/m');
  expect(body).toContain('from b');
  expect(body).not.toContain('Overloaded');
  expect(body.match(/"role":"assistant"/g)).toHaveLength(1);
});

test('after the commit a failure is reported in one event, without [DONE] (wire case 12)', async () => {
  const a = await upstream([...sse(chunks('one', 'two').slice(0, 3), { end: false }), reset()]);
  const b = await upstream(sse([...chunks('from b'), '[DONE]']));
  const laneway = await gateway([a.url, b.url]);
  const answer = await laneway.chat({ model: 'main', stream: true });
  expect(answer.status).toBe(200);
  const body = await answer.text();
  expect(body).toContain('two');
  expect(body).not.toContain('from b');
  expect(body).not.toContain('[DONE]');
  const last = body.trimEnd().split('\n\n').at(-1) ?? '';
  expect(JSON.parse(last.replace(/^data: /, ''))).toMatchObject({ error: { code: 'upstream_disconnected' } });
  const trace = await laneway.trace(answer);
  expect(trace).toMatchObject({ state: 'partial', status: 200, target: 'a/m' });
  expect(trace.attempts[0]?.class).toBe('started');
});

test('a stream that ends without a finish reason is never called whole (wire case 5)', async () => {
  const a = await upstream(sse(chunks('one').slice(0, 2)));
  const laneway = await gateway([a.url]);
  const body = await (await laneway.chat({ model: 'main', stream: true })).text();
  expect(body).toContain('one');
  expect(body).not.toContain('[DONE]');
  expect(body).toContain('"error"');
});

test('a missing end mark after the finish reason is added (wire case 4)', async () => {
  const a = await upstream(sse(chunks('one')));
  const laneway = await gateway([a.url]);
  const answer = await laneway.chat({ model: 'main', stream: true });
  expect((await answer.text()).endsWith('data: [DONE]\n\n')).toBe(true);
  expect((await laneway.trace(answer)).state).toBe('settled');
});

test('a stream without events, and JSON that is no reply in its place, are malformed: the next target answers', async () => {
  for (const reply of [sse([]), json(200, { choices: [] })]) {
    const a = await upstream(reply);
    const b = await upstream(sse([...chunks('from b'), '[DONE]']));
    const laneway = await gateway([a.url, b.url]);
    const answer = await laneway.chat({ model: 'main', stream: true });
    expect(await answer.text()).toContain('from b');
    expect((await laneway.trace(answer)).attempts[0]?.class).toBe('malformed');
  }
});

test('the provider’s key never reaches a client, not even in a header that the upstream echoes (wire case 202)', async () => {
  const key = 'sk-fake-AAAA1111BBBB2222CCCC3333';
  const a = await upstream(json(200, completion('hello'), { 'x-ratelimit-limit-requests': `for ${key}` }));
  const config = laneOver([a.url]);
  const providers = { a: { type: 'openai_compatible', base_url: `${a.url}/v1`, api_key: 'env:A_KEY' } };
  const laneway = await startGateway({ config: { ...config, providers }, variables: { A_KEY: key } });
  running.push(laneway);
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-ratelimit-limit-requests')).toMatch(/^for /);
  expect(answer.headers.get('x-ratelimit-limit-requests')).not.toContain('AAAA1111');
});

test('a gateway whose provider points back at it says so, with 508 and once', async () => {
  const loop = { error: { message: 'came round', type: 'api_error', param: null, code: 'loop_detected' } };
  const a = await upstream(json(508, loop));
  const b = await upstream(json(200, completion('from b')));
  const laneway = await gateway([a.url, b.url]);
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.status).toBe(508);
  expect(await answer.json()).toMatchObject({ error: { code: 'loop_detected' } });
  expect(answer.headers.get('x-should-retry')).toBe('false');
  expect(posts(b)).toBe(0);
});
