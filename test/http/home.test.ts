import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ask, type AccessAnswer } from '../support/access-server.ts';
import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';

const TOKEN = 'lw-fake-admin-token-canary-0123456789';
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const LINKS = ['/docs', '/v1/models', '/api/debug/models', '/api/debug/requests', '/health', '/ready'];

let local: TestGateway;
let shared: TestGateway;
beforeAll(async () => {
  local = await startGateway({ config: laneOver(['http://127.0.0.1:9']) });
  shared = await startGateway({
    config: laneOver(['http://127.0.0.1:9']),
    access: { listenHost: '0.0.0.0', adminToken: TOKEN, dataPlane: 'closed' },
  });
});
afterAll(async () => {
  await local.stop();
  await shared.stop();
});

/** Sends headers that fetch would not, `host` above all. */
function send({ url }: TestGateway, headers: Readonly<Record<string, string>>): Promise<AccessAnswer> {
  const { port, host } = new URL(url);
  return ask(Number(port), 'GET', '/', Object.entries({ host, ...headers }).flat());
}

test('`HEAD /`, which Claude Code sends at each start, is 200 without a body or a key', async () => {
  for (const { url } of [local, shared]) {
    const reply = await fetch(url, { method: 'HEAD' });
    expect(reply.status).toBe(200);
    expect(Number(reply.headers.get('content-length'))).toBeGreaterThan(100);
    expect(await reply.text()).toBe('');
  }
});

describe.each([
  ['a browser', BROWSER, 'text/html; charset=utf-8'],
  ['curl', { accept: '*/*' }, 'text/plain; charset=utf-8'],
])('`GET /` for %s', (_, headers, type) => {
  test("has the links, and the lines for clients with this gateway's address", async () => {
    const reply = await fetch(local.url, { headers });
    expect(reply.headers.get('content-type')).toBe(type);
    const page = await reply.text();
    for (const link of LINKS) expect(page).toContain(link);
    expect(page).toContain(`${local.url}/v1`);
    expect(page).toContain(`export ANTHROPIC_BASE_URL=${local.url}`);
    expect(page).toContain('any value');
  });

  test('says that the token is needed, but never what it is', async () => {
    for (const authorized of [{}, { authorization: `Bearer ${TOKEN}` }]) {
      const page = await (await fetch(shared.url, { headers: { ...headers, ...authorized } })).text();
      expect(page).not.toContain(TOKEN);
      expect(page).toContain('LANEWAY_ADMIN_TOKEN');
      expect(page).toContain('need the token');
    }
  });
});

describe('a token that the gateway created itself', () => {
  const file = "/srv/it's here/admin.token";
  let created: TestGateway;
  beforeAll(async () => {
    created = await startGateway({
      config: laneOver(['http://127.0.0.1:9']),
      access: { listenHost: '0.0.0.0', adminToken: TOKEN, adminTokenFile: file, dataPlane: 'closed' },
    });
  });
  afterAll(() => created.stop());

  test('is read from its file in the lines to copy, for callers on this machine', async () => {
    const page = await (await fetch(created.url)).text();
    expect(page).toContain(`Token: ${file}`);
    expect(page).toContain(String.raw`ANTHROPIC_AUTH_TOKEN="$(cat '/srv/it'\''s here/admin.token')"`);
    expect(page).not.toContain('$LANEWAY_ADMIN_TOKEN');
  });

  test('has no path for others, who need no key to see the page', async () => {
    for (const headers of [{ 'x-forwarded-for': '203.0.113.7' }, { host: 'llm.example' }]) {
      const authorized = { authorization: `Bearer ${TOKEN}`, ...headers };
      const { text } = await send(created, authorized);
      expect(text).not.toContain('/srv');
      expect(text).toContain('admin.token in the state directory');
    }
  });
});

test('every link of the page answers', async () => {
  const page = await (await fetch(local.url, { headers: BROWSER })).text();
  const targets = Array.from(page.matchAll(/href="(\/[^"]*)"/g), ([, target = '']) => target);
  expect(targets).toEqual(LINKS);
  for (const target of targets) expect([200, 503]).toContain((await fetch(local.url + target)).status);
});

test('the page loads nothing, has no script, and only the style that its headers allow', async () => {
  const reply = await fetch(local.url, { headers: BROWSER });
  const page = await reply.text();
  const policy = reply.headers.get('content-security-policy') ?? '';
  const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? '';
  expect(policy).toContain(`style-src 'sha256-${hash('sha256', style, 'base64')}'`);
  expect(policy).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/);
  expect(policy).not.toMatch(/unsafe|script-src|\*/);
  expect(page).not.toMatch(/<script|<img|<iframe|@import|url\(|style="|\son\w+=/i);
  expect(page).toContain('color-scheme: light dark');
  expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
  expect(reply.headers.get('cache-control')).toBe('no-store');
});

test('a foreign host or origin gets no page', async () => {
  expect((await send(local, { host: 'evil.example' })).status).toBe(403);
  expect((await send(local, { origin: 'https://evil.example' })).status).toBe(403);
});

test('the address is that of the reverse proxy, and a strange host is not repeated', async () => {
  const authorization = `Bearer ${TOKEN}`;
  const proxied = { authorization, host: 'llm.example:8443', 'x-forwarded-proto': 'https' };
  expect((await send(shared, proxied)).text).toContain('https://llm.example:8443/v1');
  const strange = await send(shared, { ...BROWSER, authorization, host: '"><script>alert(1)</script>' });
  expect(strange.status).toBe(200);
  expect(strange.text).not.toContain('alert');
  expect(strange.text).toContain('http://127.0.0.1:');
});

test('another method is 405', async () => {
  const reply = await fetch(local.url, { method: 'POST' });
  expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});
