import { afterEach, describe, expect, test } from 'vitest';

import type { AccessRules } from '../../src/http/authenticate/authenticate.ts';
import { ask, type AccessAnswer } from '../support/access-server.ts';
import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { call, ended, movableClock, server, stopAll } from './operator.ts';

afterEach(stopAll);

const TOKEN = 'lw-fake-admin-token-canary-0123456789';
const ADMIN = '/api/debug/models';
const CLOSED = { adminToken: TOKEN, dataPlane: 'closed' } as const;

async function closed(access: Partial<AccessRules> = {}): Promise<TestGateway> {
  const { url } = await server('hi');
  return ended(await startGateway({ config: laneOver([url]), access: { ...CLOSED, ...access } }));
}

function signIn(
  gateway: { readonly url: string },
  token: unknown = TOKEN,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${gateway.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  });
}

/** `NAME=ID` of a sign-in. */
function cookieOf(reply: Response): string {
  return (reply.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

/** Sends exactly these headers, in addition to `host` and a cookie. */
function send(
  gateway: { readonly url: string },
  cookie: string,
  method: string,
  path: string,
  headers: readonly string[] = [],
): Promise<AccessAnswer> {
  const { port, host } = new URL(gateway.url);
  const own = headers.includes('host') ? [] : ['host', host];
  return ask(Number(port), method, path, [...own, 'cookie', cookie, ...headers]);
}

test('the token is exchanged for a cookie that no script can read and no other site can use', async () => {
  const gateway = await closed();
  const reply = await signIn(gateway);
  expect([reply.status, await reply.text()]).toEqual([204, '']);
  const { port } = new URL(gateway.url);
  expect(reply.headers.get('set-cookie')).toMatch(
    new RegExp(`^laneway_session_${port}=[\\w-]{43}; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict$`),
  );
  expect(reply.headers.get('cache-control')).toBe('no-store');
});

test.each([ADMIN, '/api/events', '/api/usage', '/docs', '/docs/json', '/metrics', '/api/v1/llm/providers'])(
  'the cookie opens %s',
  async (path) => {
    const gateway = await closed();
    const cookie = cookieOf(await signIn(gateway));
    expect((await fetch(gateway.url + path)).status).toBe(401);
    const reply = await fetch(gateway.url + path, { headers: { cookie: `other=1; ${cookie}; last=2` } });
    expect(reply.status).toBe(200);
    await reply.body?.cancel();
  },
);

test('a change with the cookie is made by the admin, as with the token', async () => {
  const gateway = await closed();
  const cookie = cookieOf(await signIn(gateway));
  const body = { provider: 'a', model_id: 'm' };
  const origin = gateway.url;
  const put = await call(gateway, 'PUT', `${ADMIN}/evaluate`, body, { cookie, origin });
  expect([put.status, put.body['actor']]).toEqual([200, 'admin']);
});

test.each([
  ['GET', '/v1/models'],
  ['POST', '/v1/chat/completions'],
  ['POST', '/openai/v1/chat/completions'],
  ['POST', '/v1/messages'],
  ['POST', '/rerank'],
  ['POST', '/api/chat'],
  ['GET', '/api/tags'],
  ['POST', '/v1/nope'],
])('the cookie never counts for %s %s', async (method, path) => {
  const gateway = await closed();
  const cookie = cookieOf(await signIn(gateway));
  const reply = await send(gateway, cookie, method, path, ['sec-fetch-site', 'same-origin']);
  expect([reply.status, reply.code ?? 'invalid_api_key']).toEqual([401, 'invalid_api_key']);
});

describe('a page of another origin', () => {
  const rows = [
    ['another site', 'GET', ['origin', 'https://evil.example']],
    ['another site, as an image', 'GET', ['sec-fetch-site', 'cross-site']],
    ['another port of the same host', 'PUT', ['origin', 'http://127.0.0.1:3000']],
    ['another port, as browsers mark it', 'GET', ['sec-fetch-site', 'same-site']],
    ['a page without an origin', 'POST', ['origin', 'null']],
    ['the same host as text', 'POST', ['origin', 'http://HOST.evil.example']],
    ['a form sent by a link that was typed', 'POST', ['sec-fetch-site', 'none']],
    ['an allowed origin', 'PUT', ['origin', 'https://app.example']],
    ['headers that contradict each other', 'PUT', ['origin', 'SAME', 'sec-fetch-site', 'cross-site']],
  ] as const;

  test.each(rows)('%s (%s) cannot use the session', async (_, method, headers) => {
    const gateway = await closed({ allowedOrigins: ['https://app.example'] });
    const cookie = cookieOf(await signIn(gateway));
    const { host, origin } = new URL(gateway.url);
    const sent = headers.map((text) => text.replace('HOST', host).replace('SAME', origin));
    for (const path of [ADMIN, '/docs', '/api/debug/config/reload']) {
      const reply = await send(gateway, cookie, method, path, sent);
      expect([path, reply.status, reply.code]).toEqual([path, 403, 'origin_not_allowed']);
    }
  });

  test.each(rows)('%s (%s) cannot end it', async (_, _method, headers) => {
    const gateway = await closed({ allowedOrigins: ['https://app.example'] });
    const cookie = cookieOf(await signIn(gateway));
    const { host, origin } = new URL(gateway.url);
    const sent = headers.map((text) => text.replace('HOST', host).replace('SAME', origin));
    expect((await send(gateway, cookie, 'DELETE', '/api/session', sent)).status).toBe(403);
    expect((await send(gateway, cookie, 'GET', ADMIN)).status).toBe(200);
  });

  test('cannot sign in, even with the token', async () => {
    const gateway = await closed();
    const reply = await signIn(gateway, TOKEN, { origin: 'http://127.0.0.1:3000' });
    expect([reply.status, reply.headers.get('set-cookie')]).toEqual([403, null]);
  });

  test('is not let in by a foreign Host', async () => {
    const gateway = await closed();
    const cookie = cookieOf(await signIn(gateway)).replace(/_\d+=/, '=');
    const reply = await send(gateway, cookie, 'GET', ADMIN, ['host', 'evil.example']);
    expect([reply.status, reply.code]).toEqual([403, 'host_not_allowed']);
  });
});

test('the own page signs in and works under a name that is not loopback', async () => {
  const gateway = await closed({ listenHost: '0.0.0.0', allowedHosts: ['box.lan'] });
  const { port } = new URL(gateway.url);
  const own = ['host', `box.lan:${port}`, 'origin', `http://box.lan:${port}`];
  const cookie = cookieOf(await signIn(gateway));
  expect((await send(gateway, cookie, 'GET', ADMIN, own)).status).toBe(200);
  expect((await send(gateway, cookie, 'DELETE', '/api/session', own)).status).toBe(204);
  expect((await send(gateway, cookie, 'GET', ADMIN, own)).status).toBe(401);
});

test('signing out ends the session and removes the cookie; a copy of it is worth nothing', async () => {
  const gateway = await closed();
  const cookie = cookieOf(await signIn(gateway));
  const out = await fetch(`${gateway.url}/api/session`, { method: 'DELETE', headers: { cookie } });
  expect(out.status).toBe(204);
  expect(out.headers.get('set-cookie')).toMatch(/^laneway_session_\d+=; Max-Age=0; Path=\/; HttpOnly;/);
  expect((await send(gateway, cookie, 'GET', ADMIN)).status).toBe(401);
  expect((await send(gateway, '', 'DELETE', '/api/session')).status).toBe(204);
});

test('signing in again ends the session before', async () => {
  const gateway = await closed();
  const first = cookieOf(await signIn(gateway));
  const second = cookieOf(await signIn(gateway, TOKEN, { cookie: first }));
  const statuses = [first, second].map(async (cookie) => (await send(gateway, cookie, 'GET', ADMIN)).status);
  expect(await Promise.all(statuses)).toEqual([401, 200]);
});

test('a session ends after twelve hours', async () => {
  const clock = movableClock();
  const gateway = ended(await startGateway({ config: laneOver([]), access: CLOSED, clock, discover: false }));
  const cookie = cookieOf(await signIn(gateway));
  clock.forward(12 * 60 * 60 * 1000 - 60_000);
  expect((await send(gateway, cookie, 'GET', ADMIN)).status).toBe(200);
  clock.forward(60_000);
  expect((await send(gateway, cookie, 'GET', ADMIN)).status).toBe(401);
});

test('a restart ends every session', async () => {
  const options = { config: laneOver([]), access: CLOSED, discover: false };
  const first = await startGateway(options);
  const value = cookieOf(await signIn(first)).split('=')[1] ?? '';
  await first.stop();
  const second = ended(await startGateway(options));
  const cookie = `laneway_session_${new URL(second.url).port}=${value}`;
  expect((await send(second, cookie, 'GET', ADMIN)).status).toBe(401);
});

test.each(['', 'short', `${'A'.repeat(43)}`, TOKEN, '../../etc/passwd', '%00'])(
  'a made-up cookie is no session: %s',
  async (value) => {
    const gateway = await closed();
    await signIn(gateway);
    const name = `laneway_session_${new URL(gateway.url).port}`;
    expect((await send(gateway, `${name}=${value}`, 'GET', ADMIN)).status).toBe(401);
  },
);

describe('the cookie is Secure', () => {
  test.each([
    ['behind a proxy with TLS', { 'x-forwarded-proto': 'https' }, true],
    ['behind two proxies, the first with TLS', { 'x-forwarded-proto': 'https, http' }, true],
    ['not behind one without TLS', { 'x-forwarded-proto': 'http' }, false],
    ['not where only an inner connection has TLS', { 'x-forwarded-proto': 'http, https' }, false],
    ['not without a proxy', {}, false],
  ])('%s', async (_, headers, secure) => {
    const reply = await signIn(await closed(), TOKEN, headers);
    expect(reply.status).toBe(204);
    expect(reply.headers.get('set-cookie')?.endsWith('; Secure')).toBe(secure);
  });

  test('for a page with TLS whose proxy does not say so', async () => {
    const gateway = await closed();
    const origin = gateway.url.replace('http:', 'https:');
    const reply = await signIn(gateway, TOKEN, { origin });
    expect([reply.status, reply.headers.get('set-cookie')?.endsWith('; Secure')]).toEqual([204, true]);
  });
});

describe('a wrong token', () => {
  test('is 401, like a wrong key elsewhere', async () => {
    const gateway = await closed();
    for (const token of ['lw-fake-wrong', TOKEN.slice(1), `${TOKEN} `]) {
      const reply = await signIn(gateway, token);
      const { error } = (await reply.json()) as { error: { code: string; message: string } };
      expect([reply.status, error.code]).toEqual([401, 'invalid_api_key']);
      expect([reply.headers.get('www-authenticate'), reply.headers.get('set-cookie')]).toEqual([
        'Bearer',
        null,
      ]);
    }
  });

  test('is 429 after ten, the right one too; a key in a header still counts', async () => {
    const gateway = await closed();
    const statuses: number[] = [];
    for (let turn = 0; turn < 12; turn += 1) statuses.push((await signIn(gateway, 'lw-fake-wrong')).status);
    expect(statuses).toEqual([...new Array<number>(10).fill(401), 429, 429]);
    const right = await signIn(gateway);
    expect([right.status, Number(right.headers.get('retry-after')) > 0]).toEqual([429, true]);
    const headers = { 'x-api-key': TOKEN };
    expect((await fetch(gateway.url + ADMIN, { headers })).status).toBe(200);
  });

  test.each([
    [{ token: '' }, 'token'],
    [{ token: 5 }, 'token'],
    [{ token: 'x'.repeat(1_001) }, 'token'],
    [{}, 'token'],
    [{ token: TOKEN, remember: true }, 'remember'],
  ])('a body of the wrong shape is 400: %j', async (body, param) => {
    const gateway = await closed();
    const { status, body: reply } = await call(gateway, 'POST', '/api/session', body);
    expect([status, reply.error.param]).toEqual([400, param]);
  });
});

test('neither token nor cookie is in the log, in the list of refused requests, or in an error', async () => {
  const gateway = await closed();
  const wrong = 'lw-fake-wrong-canary-0123';
  const cookie = cookieOf(await signIn(gateway));
  const texts = [await (await signIn(gateway, wrong)).text()];
  texts.push((await call(gateway, 'POST', '/api/session', { token: [wrong] })).body.error.message);
  const id = cookie.split('=')[1] ?? '';
  texts.push((await send(gateway, cookie, 'GET', ADMIN, ['sec-fetch-site', 'cross-site'])).text);
  texts.push((await send(gateway, cookie, 'POST', '/v1/messages')).text);
  const refused = await fetch(`${gateway.url}/api/debug/requests?state=refused`, { headers: { cookie } });
  texts.push(await refused.text(), JSON.stringify(gateway.log));
  const all = texts.join('\n');
  expect(all).toContain('/api/session');
  for (const secret of [TOKEN, wrong, id]) expect(all).not.toContain(secret);
});

test('without a token configured there is nothing to sign in to', async () => {
  const gateway = ended(await startGateway({ config: laneOver([]), discover: false }));
  const reply = await signIn(gateway, 'anything');
  expect([reply.status, reply.headers.get('set-cookie')]).toEqual([204, null]);
});
