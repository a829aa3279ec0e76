import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connector, ConnectorOptions } from '../../src/providers/connection/connector.ts';
import { proxyFor } from '../../src/providers/connection/proxy.ts';
import type { Failure } from '../../src/protocol/failure.ts';
import { classifyTransport } from '../../src/providers/failure/transport-failure.ts';
import { startConnectProxy, type ConnectProxy } from '../support/connect-proxy.ts';
import { json } from '../support/fake-replies.ts';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { refusedUrl, startBlackHole } from '../support/fake-network.ts';
import { selfSigned, testAuthority } from '../support/self-signed.ts';
import type { UpstreamRecorder } from '../support/upstream-recorder.ts';
import { connectorFor, fake, pause, send, start } from './connector-harness.ts';

const CLOUD = 'https://api.cloud.example';
const KEY = 'Bearer sk-fake-secret-1';
const authority = testAuthority();
const trusted = getCACertificates('default');

beforeAll(() => setDefaultCACertificates([...trusted, authority.cert]));
afterAll(() => setDefaultCACertificates(trusted));

function cloud(): Promise<FakeUpstream> {
  return fake(json(200, { ok: true }), { tls: authority.issue('api.cloud.example') });
}

/** A connector to the cloud with `HTTPS_PROXY`. */
function through(proxyUrl: string, options: Partial<ConnectorOptions> = {}): Connector {
  const baseUrl = options.baseUrl ?? CLOUD;
  const variable = (name: string): string | undefined => (name === 'HTTPS_PROXY' ? proxyUrl : undefined);
  const proxy = proxyFor({ baseUrl, local: false }, variable);
  return connectorFor(baseUrl, { local: false, proxy, headers: { authorization: KEY }, ...options });
}

function meaningOf({ events, error }: UpstreamRecorder): Failure {
  expect(events).toEqual(['error']);
  return classifyTransport(error!, false);
}

async function refusedBy(proxy: ConnectProxy, url = proxy.url): Promise<Failure> {
  const failure = meaningOf(await send(through(url, { connectMs: 150 })));
  expect(failure.class).toBe('not_sent');
  expect(failure.summary).toContain(`the proxy 127.0.0.1:${proxy.port}`);
  return failure;
}

test('a request reaches the server through a tunnel, and the proxy sees neither key nor path', async () => {
  const server = await cloud();
  const proxy = await startConnectProxy({ port: server.port });
  const recorder = await send(through(proxy.url));
  expect(recorder.status).toBe(200);
  expect(server.requests[0]?.headers).toMatchObject({ authorization: KEY, host: 'api.cloud.example' });
  expect(proxy.seen).toEqual([
    { target: 'api.cloud.example:443', head: expect.not.stringContaining('sk-fake') as string },
  ]);
  expect(proxy.seen[0]?.head).not.toMatch(/proxy-authorization/i);
  expect(proxy.tunnelled().toString('latin1')).not.toMatch(/sk-fake|completions/);
});

test('the SDKs that list models use the same tunnel and its connection again', async () => {
  const server = await cloud();
  const proxy = await startConnectProxy({ port: server.port });
  const connector = through(proxy.url);
  expect(await (await connector.fetch(`${CLOUD}/models`)).json()).toEqual({ ok: true });
  await pause();
  await send(connector);
  expect(server.requests.map(({ path }) => path)).toEqual(['/models', '/chat/completions']);
  expect(proxy.seen).toHaveLength(1);
});

test('user and password of the proxy go to the proxy only', async () => {
  const server = await cloud();
  const proxy = await startConnectProxy({ port: server.port });
  await send(through(proxy.url.replace('//', '//me:p%40ss@')));
  const expected = Buffer.from('me:p@ss').toString('base64');
  expect(proxy.seen[0]?.head).toContain(`\r\nProxy-Authorization: Basic ${expected}\r\n`);
  expect(JSON.stringify(server.requests[0]?.rawHeaders)).not.toMatch(/proxy-authorization/i);
});

test('a proxy may be called with TLS; its own certificate is checked', async () => {
  const server = await cloud();
  const good = await startConnectProxy({ port: server.port, tls: authority.issue('localhost') });
  expect((await send(through(good.url))).status).toBe(200);
  const bad = await startConnectProxy({ port: server.port, tls: selfSigned() });
  const failure = meaningOf(await send(through(bad.url)));
  expect(failure).toMatchObject({ class: 'not_sent', code: 'upstream_connect' });
  expect(failure.summary).toMatch(/proxy 127\.0\.0\.1:\d+ failed \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
  expect(bad.seen).toHaveLength(0);
});

test('the certificate is checked against the server, not the proxy', async () => {
  const other = await fake(json(200, {}), { tls: authority.issue('other.example') });
  const proxy = await startConnectProxy({ port: other.port });
  expect(meaningOf(await send(through(proxy.url)))).toMatchObject({
    code: 'upstream_tls',
    summary: expect.stringContaining('another host name') as string,
  });
  expect(other.requests).toHaveLength(0);
});

test.each([
  [
    'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n\r\nnope',
    /requires a user and password \(407\)/,
  ],
  ['HTTP/1.0 403 Filtered\r\n\r\n', /does not permit it \(403\).*NO_PROXY/],
  ['HTTP/1.1 502 Bad Gateway\r\n\r\n', /could not connect to it \(502\)/],
  ['HTTP/1.1 405 Method Not Allowed\r\n\r\n', /status 405; check HTTPS_PROXY/],
  ['SSH-2.0-OpenSSH_9.9\r\n', /did not answer as an HTTP proxy/],
  ['HTTP/1.1 200 OK\r\n\r\n<html>', /did not answer as an HTTP proxy/],
  [`HTTP/1.1 200 OK\r\nx-long: ${'y'.repeat(17 * 1024)}`, /did not answer as an HTTP proxy/],
  ['close', /closed the connection without an answer/],
])('an answer other than a tunnel is not_sent with a reason: %j', async (answer, words) => {
  const failure = await refusedBy(await startConnectProxy({ answer }));
  expect(failure).toMatchObject({
    code: 'upstream_connect',
    summary: expect.stringMatching(words) as string,
  });
});

test('wrong credentials of the proxy are reported without them', async () => {
  const proxy = await startConnectProxy({ answer: 'HTTP/1.1 407 No\r\n\r\n' });
  const failure = await refusedBy(proxy, proxy.url.replace('//', '//me:hunter2@'));
  expect(failure.summary).toMatch(/rejected the user and password in HTTPS_PROXY/);
  expect(JSON.stringify(failure)).not.toMatch(/hunter2|me:/);
});

test('a proxy that refuses connections, or is no host, is named', async () => {
  const url = await refusedUrl();
  const refused = meaningOf(await send(through(url)));
  expect(refused).toMatchObject({ class: 'not_sent', code: 'upstream_connect' });
  expect(refused.summary).toBe(
    `was not reached: the proxy ${url.slice(7)} refused the connection; check HTTPS_PROXY`,
  );
  const unknown = meaningOf(await send(through('http://no-such-proxy.invalid:3128')));
  expect(unknown.summary).toMatch(/the proxy no-such-proxy\.invalid:3128 was not found in DNS/);
});

test('the connect deadline covers the connection to the proxy, the tunnel and TLS', async () => {
  const hole = await startBlackHole();
  const late = { class: 'not_sent', code: 'upstream_connect_timeout' };
  expect(meaningOf(await send(through(hole.url, { connectMs: 100 })))).toMatchObject(late);
  await hole.close();
  const silent = await startConnectProxy({ answer: 'silent' });
  expect(await refusedBy(silent)).toMatchObject({
    ...late,
    summary: expect.stringContaining('in time') as string,
  });
  const mute = await fake([]);
  const proxy = await startConnectProxy({ port: mute.port });
  const startedAt = performance.now();
  expect(meaningOf(await send(through(proxy.url, { connectMs: 100 }))).code).toBe('upstream_tls');
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test('a request that is aborted during any step leaves no connection', async () => {
  const mute = await fake([]);
  for (const options of [{ answer: 'silent' }, { port: mute.port }] as const) {
    const proxy = await startConnectProxy(options);
    const { call, recorder } = start(through(proxy.url));
    await expect.poll(() => proxy.seen.length).toBe(1);
    await pause();
    call.abort();
    await recorder.over;
    await expect.poll(() => proxy.openConnections).toBe(0);
  }
});

test('a connector that is destroyed while it waits for the proxy reports it', async () => {
  const proxy = await startConnectProxy({ answer: 'silent' });
  const connector = through(proxy.url);
  const { recorder } = start(connector);
  await expect.poll(() => proxy.seen.length).toBe(1);
  await connector.destroy();
  await recorder.over;
  expect(meaningOf(recorder).class).toBe('not_sent');
  await expect.poll(() => proxy.openConnections).toBe(0);
});

test.each([
  ['https://10.0.0.7', /private/],
  ['https://169.254.169.254', /link-local, a metadata service/],
  ['https://metadata.google.internal', /metadata service/],
])('a proxy is not asked for %s', async (baseUrl, words) => {
  const proxy = await startConnectProxy({ answer: 'silent' });
  expect(meaningOf(await send(through(proxy.url, { baseUrl }))).summary).toMatch(words);
  expect(proxy.seen).toHaveLength(0);
});

test('a proxy with a link-local address is not called', async () => {
  expect(meaningOf(await send(through('http://169.254.169.254:3128'))).summary).toMatch(
    /the proxy 169\.254\.169\.254:3128 has a link-local/,
  );
});

test('a value that names no usable proxy calls nobody, rather than going past the proxy', async () => {
  const server = await cloud();
  const connector = through('socks5://127.0.0.1:1080', {
    baseUrl: `https://api.cloud.example:${server.port}`,
  });
  expect(meaningOf(await send(connector)).summary).toMatch(/not called: HTTPS_PROXY cannot be used/);
});
