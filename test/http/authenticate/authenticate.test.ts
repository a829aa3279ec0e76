import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { AccessRules } from '../../../src/http/authenticate/authenticate.ts';
import { startAccessServer, type AccessServer } from '../../support/access-server.ts';

const TOKEN = 'lw-fake-admin-token-0123456789';
const LISTS = { allowedHosts: ['box.lan'], allowedOrigins: ['https://app.example'] };

/** Kinds of bind, with their rules. */
const BINDS: Readonly<Record<string, AccessRules>> = {
  loopback: { ...LISTS, listenHost: '127.0.0.1', adminToken: null, dataPlane: 'open' },
  closed: { ...LISTS, listenHost: '0.0.0.0', adminToken: TOKEN, dataPlane: 'closed' },
  open: { ...LISTS, listenHost: '0.0.0.0', adminToken: TOKEN, dataPlane: 'open' },
  anyPage: { ...LISTS, listenHost: '0.0.0.0', allowedOrigins: ['*'], adminToken: TOKEN, dataPlane: 'closed' },
  /** `*` without client keys is rejected at start; even so it must not admit anyone. */
  anyPageOpen: {
    ...LISTS,
    listenHost: '0.0.0.0',
    allowedOrigins: ['*'],
    adminToken: TOKEN,
    dataPlane: 'open',
  },
};

const servers = new Map<string, AccessServer>();
beforeAll(async () => {
  for (const [name, rules] of Object.entries(BINDS)) servers.set(name, await startAccessServer(rules));
});
afterAll(async () => {
  for (const server of servers.values()) await server.stop();
});

const server = (bind: string): AccessServer => servers.get(bind)!;

const GOOD = ['authorization', `Bearer ${TOKEN}`];
const GOOD_KEY = ['x-api-key', TOKEN];
const WRONG = ['authorization', 'Bearer sk-fake-wrong'];
const NONE: string[] = [];

const HOME = ['host', '127.0.0.1:4600'];
const LISTED = ['host', 'box.lan:4600'];
const EVIL = ['host', 'evil.example'];
const EVIL_PAGE = ['origin', 'https://evil.example'];
const OWN_PAGE = ['origin', 'https://app.example'];

const CHAT = '/v1/chat/completions';
const ADMIN = '/api/debug/models';

type Row = readonly [string, string, string, readonly string[], number, string | null];

/** Bind, method, path, headers; expected status and code. Host and Origin are checked before the key, all before the route. */
const MATRIX: readonly Row[] = [
  // No credential is required and any is ignored; Host and Origin decide.
  ['loopback', 'GET', ADMIN, [...HOME], 200, null],
  ['loopback', 'GET', ADMIN, [...HOME, ...WRONG], 200, null],
  ['loopback', 'POST', CHAT, [...HOME, ...WRONG, ...GOOD_KEY], 200, null],
  ['loopback', 'POST', CHAT, [...LISTED], 200, null],
  ['loopback', 'POST', CHAT, [...EVIL], 403, 'host_not_allowed'],
  ['loopback', 'POST', CHAT, [...EVIL, ...GOOD], 403, 'host_not_allowed'],
  ['loopback', 'POST', CHAT, [...HOME, ...EVIL_PAGE], 403, 'origin_not_allowed'],
  ['loopback', 'POST', CHAT, [...HOME, ...OWN_PAGE], 200, null],
  ['loopback', 'GET', '/ready', [...EVIL], 403, 'host_not_allowed'],
  ['loopback', 'GET', '/health', [...EVIL, ...EVIL_PAGE], 200, null],
  ['loopback', 'GET', '/nope', [...HOME], 404, 'route_not_found'],
  ['loopback', 'GET', CHAT, [...HOME], 405, 'method_not_allowed'],
  ['loopback', 'GET', '/nope', [...EVIL], 403, 'host_not_allowed'],

  // Bound to all addresses: the token is required everywhere except on /health and /ready.
  ['closed', 'GET', '/health', [...EVIL, ...EVIL_PAGE], 200, null],
  ['closed', 'GET', '/ready', [...HOME], 200, null],
  ['closed', 'GET', '/ready', [...LISTED], 200, null],
  ['closed', 'GET', '/ready', [...EVIL], 403, 'host_not_allowed'],
  ['closed', 'GET', '/ready', [...HOME, ...EVIL_PAGE], 403, 'origin_not_allowed'],
  ['closed', 'POST', CHAT, [...HOME], 401, 'invalid_api_key'],
  ['closed', 'POST', CHAT, [...LISTED, ...WRONG], 401, 'invalid_api_key'],
  ['closed', 'POST', CHAT, [...EVIL], 403, 'host_not_allowed'],
  ['closed', 'POST', CHAT, [...EVIL, ...WRONG], 403, 'host_not_allowed'],
  ['closed', 'POST', CHAT, [...HOME, ...EVIL_PAGE, ...WRONG], 403, 'origin_not_allowed'],
  ['closed', 'POST', CHAT, [...EVIL, ...GOOD], 200, null],
  ['closed', 'POST', CHAT, [...EVIL, ...EVIL_PAGE, ...GOOD_KEY], 200, null],
  ['closed', 'GET', ADMIN, [...HOME], 401, 'invalid_api_key'],
  ['closed', 'GET', ADMIN, [...HOME, ...WRONG], 401, 'invalid_api_key'],
  ['closed', 'GET', ADMIN, [...EVIL, ...GOOD_KEY], 200, null],
  ['closed', 'GET', '/nope', [...HOME], 401, 'invalid_api_key'],
  ['closed', 'GET', CHAT, [...HOME], 401, 'invalid_api_key'],
  ['closed', 'POST', '/health', [...HOME], 401, 'invalid_api_key'],
  ['closed', 'GET', '/nope', [...HOME, ...GOOD], 404, 'route_not_found'],
  ['closed', 'DELETE', ADMIN, [...HOME, ...GOOD], 405, 'method_not_allowed'],

  // LANEWAY_CLIENT_KEYS=off: only the data plane is open, and only to known Hosts.
  ['open', 'POST', CHAT, [...LISTED], 200, null],
  ['open', 'POST', CHAT, [...HOME, ...WRONG], 200, null],
  ['open', 'POST', CHAT, [...EVIL], 403, 'host_not_allowed'],
  ['open', 'POST', CHAT, [...HOME, ...EVIL_PAGE], 403, 'origin_not_allowed'],
  ['open', 'POST', CHAT, [...HOME, ...OWN_PAGE], 200, null],
  ['open', 'POST', CHAT, [...LISTED, 'origin', 'http://box.lan:4600'], 200, null],
  ['open', 'POST', CHAT, [...LISTED, 'origin', 'http://box.lan:3000'], 403, 'origin_not_allowed'],
  ['open', 'POST', CHAT, [...LISTED, 'origin', 'http://box.lan'], 403, 'origin_not_allowed'],
  ['open', 'POST', CHAT, [...EVIL, 'origin', 'http://evil.example'], 403, 'host_not_allowed'],
  ['open', 'POST', CHAT, [...EVIL, ...EVIL_PAGE, ...GOOD], 200, null],
  ['open', 'GET', CHAT, [...HOME], 405, 'method_not_allowed'],
  ['open', 'GET', '/v1/nope', [...HOME], 404, 'route_not_found'],
  ['open', 'GET', ADMIN, [...HOME], 401, 'invalid_api_key'],
  ['open', 'GET', ADMIN, [...LISTED, ...WRONG], 401, 'invalid_api_key'],
  ['open', 'GET', '/api/nope', [...HOME], 401, 'invalid_api_key'],
  ['open', 'GET', ADMIN, [...HOME, ...GOOD], 200, null],

  // `*`: any page with a valid key.
  ['anyPage', 'POST', CHAT, [...HOME, ...EVIL_PAGE, ...GOOD], 200, null],
  ['anyPage', 'POST', CHAT, [...HOME, ...EVIL_PAGE], 401, 'invalid_api_key'],
  ['anyPage', 'POST', CHAT, [...EVIL, ...EVIL_PAGE], 403, 'host_not_allowed'],
  ['anyPage', 'GET', '/ready', [...HOME, ...EVIL_PAGE], 403, 'origin_not_allowed'],
  ['anyPageOpen', 'POST', CHAT, [...HOME, ...EVIL_PAGE], 403, 'origin_not_allowed'],
];

test.each(MATRIX)(
  '%s: %s %s with %j is answered %i %s',
  async (bind, method, path, headers, status, code) => {
    const answer = await server(bind).ask(method, path, headers);
    expect([answer.status, answer.code]).toEqual([status, code]);
  },
);

describe('a credential', () => {
  test.each([
    ['in lower case', ['authorization', `bearer ${TOKEN}`]],
    ['with two spaces', ['authorization', `Bearer  ${TOKEN}`]],
    ['with a dummy Authorization', [...WRONG, ...GOOD_KEY]],
    ['with a dummy x-api-key', [...GOOD, 'x-api-key', 'sk-fake-dummy']],
    ['in both headers', [...GOOD, ...GOOD_KEY]],
  ])('is accepted: %s', async (_, headers) => {
    const answer = await server('closed').ask('GET', ADMIN, [...EVIL, ...headers]);
    expect([answer.status, answer.text]).toEqual([200, '{"actor":"admin"}']);
  });

  test.each([
    ['without its last character', ['authorization', `Bearer ${TOKEN.slice(0, -1)}`]],
    ['with an extra character', ['authorization', `Bearer ${TOKEN}0`]],
    ['in upper case', ['authorization', `Bearer ${TOKEN.toUpperCase()}`]],
    ['as its digest', ['authorization', `Bearer ${hash('sha256', TOKEN)}`]],
    ['without a scheme', ['authorization', TOKEN]],
    ['as Basic', ['authorization', `Basic ${Buffer.from(`admin:${TOKEN}`).toString('base64')}`]],
    ['empty', ['authorization', 'Bearer ', 'x-api-key', '']],
    ['in two x-api-key lines', ['x-api-key', TOKEN, 'x-api-key', TOKEN]],
    ['in a cookie', ['cookie', `authorization=${TOKEN}`]],
  ])('is rejected: %s', async (_, headers) => {
    const answer = await server('closed').ask('GET', ADMIN, [...HOME, ...headers]);
    expect(answer.status).toBe(401);
  });

  test('is ignored in the query', async () => {
    const answer = await server('closed').ask('GET', `${ADMIN}?api_key=${TOKEN}&token=${TOKEN}`, HOME);
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain(TOKEN);
  });

  test.each([
    ['x-forwarded-for', '127.0.0.1'],
    ['x-real-ip', '127.0.0.1'],
    ['forwarded', 'for=127.0.0.1;host=localhost'],
    ['x-forwarded-host', 'localhost'],
    ['x-original-url', '/health'],
    ['x-http-method-override', 'OPTIONS'],
  ])('cannot be replaced by %s', async (name, value) => {
    expect((await server('closed').ask('GET', ADMIN, [...HOME, name, value])).status).toBe(401);
    expect((await server('loopback').ask('GET', ADMIN, [...EVIL, name, value])).status).toBe(403);
  });

  test('gets the same error when missing and when unknown, with how to send it', async () => {
    const missing = await server('closed').ask('GET', ADMIN, HOME);
    const unknown = await server('closed').ask('GET', ADMIN, [...HOME, 'authorization', 'Bearer sk-fake-9']);
    expect(missing.text).toBe(unknown.text);
    expect(missing.text).toContain('x-api-key');
    expect(missing.headers['www-authenticate']).toBe('Bearer');
    expect(unknown.text).not.toContain('sk-fake-9');
  });
});

describe('the Host', () => {
  test.each(['loopback', 'closed'])('must be sent exactly once (%s)', async (bind) => {
    for (const headers of [[...HOME, ...HOME], [...HOME, ...EVIL], NONE]) {
      const answer = await server(bind).ask('GET', '/health', headers);
      expect([headers, answer.status, answer.code]).toEqual([headers, 400, 'invalid_body']);
    }
  });

  test('of a wildcard bind is the local address of the connection, never 0.0.0.0', async () => {
    const anywhere = await startAccessServer(BINDS['closed']!, '0.0.0.0');
    try {
      for (const host of ['0.0.0.0:4600', '[::]:4600', '192.0.2.1:4600', 'localhost.evil.example']) {
        expect((await anywhere.ask('GET', '/ready', ['host', host])).code).toBe('host_not_allowed');
      }
      expect((await anywhere.ask('GET', '/ready', ['host', `127.0.0.1:${anywhere.port}`])).status).toBe(200);
    } finally {
      await anywhere.stop();
    }
  });

  test('of a request target in absolute form is the one in the URL', async () => {
    const away = await server('loopback').ask('GET', 'http://evil.example/v1/models', HOME);
    expect([away.status, away.code, away.headers['connection']]).toEqual([400, 'invalid_body', 'close']);
    expect((await server('loopback').ask('GET', 'http://localhost:4600/v1/models', HOME)).status).toBe(200);
  });

  test('that is rejected gets an error saying how to allow it, and nothing more', async () => {
    const closed = await server('closed').ask('POST', CHAT, [...EVIL, ...WRONG]);
    expect(closed.text).toMatch(/send an API key, or add it to LANEWAY_ALLOWED_HOSTS/);
    const loopback = await server('loopback').ask('POST', CHAT, EVIL);
    expect(loopback.text).toMatch(/to allow it, add it to LANEWAY_ALLOWED_HOSTS/);
  });
});

describe('a preflight', () => {
  const preflight = ['access-control-request-method', 'POST', 'access-control-request-headers', 'x-api-key'];

  test.each<[string, readonly string[], number]>([
    ['loopback', [...HOME, ...OWN_PAGE], 204],
    ['loopback', [...HOME, ...EVIL_PAGE], 403],
    ['loopback', [...EVIL, ...OWN_PAGE], 403],
    ['closed', [...HOME, ...OWN_PAGE], 204],
    ['closed', [...HOME, ...EVIL_PAGE], 403],
    ['closed', [...HOME, ...EVIL_PAGE, ...GOOD], 403],
    ['anyPage', [...HOME, ...EVIL_PAGE], 204],
    ['anyPage', [...HOME, ...EVIL_PAGE, ...GOOD], 204],
    ['anyPage', [...EVIL, ...EVIL_PAGE], 403],
    ['anyPageOpen', [...HOME, ...EVIL_PAGE], 403],
  ])('%s with %j is answered %i, with or without a key', async (bind, headers, status) => {
    for (const path of [CHAT, ADMIN, '/nope']) {
      const answer = await server(bind).ask('OPTIONS', path, [...headers, ...preflight]);
      expect([path, answer.status]).toEqual([path, status]);
      const origin = headers[headers.indexOf('origin') + 1];
      expect(answer.headers['access-control-allow-origin']).toBe(status === 204 ? origin : undefined);
    }
  });

  test('is more than an OPTIONS: others require the key and have no route', async () => {
    expect((await server('closed').ask('OPTIONS', ADMIN, HOME)).status).toBe(401);
    expect((await server('closed').ask('OPTIONS', ADMIN, [...HOME, ...preflight])).status).toBe(401);
    expect((await server('closed').ask('OPTIONS', ADMIN, [...HOME, ...OWN_PAGE])).status).toBe(401);
    expect((await server('loopback').ask('OPTIONS', '/nope', [...HOME, ...OWN_PAGE])).status).toBe(404);
    expect((await server('closed').ask('OPTIONS', ADMIN, [...HOME, ...GOOD])).status).toBe(405);
    expect((await server('loopback').ask('OPTIONS', '/nope', HOME)).status).toBe(404);
  });
});

describe('the reply to a page', () => {
  test.each<[string, readonly string[], number, string | undefined]>([
    ['loopback', [...HOME, ...OWN_PAGE], 200, 'https://app.example'],
    ['closed', [...HOME, ...OWN_PAGE, ...GOOD], 200, 'https://app.example'],
    // The key is accepted, but the browser must not let the page read the reply.
    ['closed', [...HOME, ...EVIL_PAGE, ...GOOD], 200, undefined],
    ['closed', [...HOME, ...OWN_PAGE], 401, 'https://app.example'],
    ['anyPage', [...HOME, ...EVIL_PAGE, ...GOOD], 200, 'https://evil.example'],
    ['anyPage', [...HOME, ...EVIL_PAGE], 401, 'https://evil.example'],
    ['loopback', [...HOME, ...EVIL_PAGE], 403, undefined],
  ])('%s with %j is %i and readable by %s', async (bind, headers, status, origin) => {
    const answer = await server(bind).ask('GET', '/v1/models', headers);
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([status, origin]);
  });

  test('varies by Origin; one to a program has no CORS headers', async () => {
    const page = await server('loopback').ask('GET', '/v1/models', [...HOME, ...OWN_PAGE]);
    expect(page.headers['vary']).toBe('Origin');
    const program = await server('loopback').ask('GET', '/v1/models', HOME);
    const names = Object.keys(program.headers);
    expect(names.filter((name) => name === 'vary' || name.startsWith('access-control-'))).toEqual([]);
  });

  test('from /health is not readable by a foreign one', async () => {
    const answer = await server('loopback').ask('GET', '/health', [...HOME, ...EVIL_PAGE]);
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, undefined]);
  });
});
