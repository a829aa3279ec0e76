import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { builtConsole } from '../support/console.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { sendRaw } from '../support/raw-client.ts';

const CONFIG = { default_lane: 'main', lanes: { main: { preferred: [] } } };
const BROWSER = { headers: { accept: 'text/html,application/xhtml+xml' } };

describe('with a built console', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      config: CONFIG,
      consoleDirectory: await builtConsole(),
      access: { adminToken: 'fake-admin-token', dataPlane: 'closed' },
    });
  });
  afterAll(() => gateway.stop());

  test('a browser gets its page at /, without a token, and may load its own files only', async () => {
    const page = await fetch(gateway.url, BROWSER);
    const policy = page.headers.get('content-security-policy');
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('x-request-id')).toMatch(/^req_/);
    const html = await page.text();
    expect(html).toContain('<title>Laneway</title>');
    expect(html).not.toMatch(/<style|style=|onclick=|https?:/);
  });

  test('its files are served without a token, and kept by browsers for a year', async () => {
    const html = await (await fetch(gateway.url, BROWSER)).text();
    const paths = [...html.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    expect(paths.length).toBeGreaterThan(1);
    for (const path of paths) {
      const file = await fetch(`${gateway.url}${path}`);
      expect([file.status, file.headers.get('cache-control')]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ]);
      expect(await file.text()).not.toBe('');
    }
    expect((await fetch(`${gateway.url}/icon.svg`)).headers.get('content-type')).toContain('image/svg+xml');
  });

  test('its files come compressed to browsers that take it, and as they are to others', async () => {
    const html = await (await fetch(gateway.url, BROWSER)).text();
    const paths = [...html.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    for (const path of paths) {
      const get = (encoding: string): Promise<Response> =>
        fetch(`${gateway.url}${path}`, { headers: { 'accept-encoding': encoding } });
      const [small, plain] = await Promise.all([get('gzip, deflate, br'), get('identity')]);
      const facts = ({ headers }: Response): (string | null)[] =>
        ['content-type', 'content-encoding', 'cache-control'].map((name) => headers.get(name));
      const [type, , kept] = facts(plain);
      expect(facts(small)).toEqual([type, 'gzip', kept]);
      expect([plain.headers.get('content-encoding'), small.headers.get('vary')]).toEqual([
        null,
        'accept-encoding',
      ]);
      expect(await small.text()).toBe(await plain.text());
    }
  });

  test('the licences of the libraries in its files come with them', async () => {
    const text = readFileSync(join(await builtConsole(), 'third-party-licences.md'), 'utf8');
    for (const name of ['svelte', 'uplot'])
      expect(text).toMatch(new RegExp(`## ${name} - [\\d.]+ \\(MIT\\)`));
    expect(text).toContain('Leon Sorokin');
  });

  test('its first page is at most 150 KB compressed, without what other pages load', async () => {
    const html = await (await fetch(gateway.url, BROWSER)).text();
    const paths = [...html.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    const files = await Promise.all(
      paths.map(async (path) => (await fetch(`${gateway.url}${path}`)).arrayBuffer()),
    );
    const sizes = files.map((file) => gzipSync(file).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
    expect(files.some((file) => Buffer.from(file).includes('u-cursor'))).toBe(false);
  });

  test('programs get the text with the base URL, and HEAD works', async () => {
    expect(await (await fetch(gateway.url)).text()).toContain(`${gateway.url}/v1`);
    expect((await fetch(gateway.url, { method: 'HEAD' })).status).toBe(200);
    expect(await (await fetch(`${gateway.url}/connect`, BROWSER)).text()).toContain(
      'To point a client at it',
    );
  });

  test.each(['/assets/../index.html', '/assets/%2e%2e/%2e%2e/package.json', '/assets/nothing.js'])(
    '%s is a 404 in the form of every other',
    async (path) => {
      const { host } = new URL(gateway.url);
      const answer = await sendRaw(
        gateway.url,
        `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
      );
      expect([answer.status, answer.body]).toEqual([
        404,
        expect.stringContaining('"code":"route_not_found"'),
      ]);
    },
  );
});

test('without a built console a browser is shown how to point a client at the gateway', async () => {
  const gateway = await startGateway({ config: CONFIG });
  expect(await (await fetch(gateway.url, BROWSER)).text()).toContain('To point a client at it');
  expect((await fetch(`${gateway.url}/assets/index.js`)).status).toBe(404);
  await gateway.stop();
});
