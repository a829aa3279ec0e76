import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import type { Failure } from '../../src/protocol/failure.ts';
import type { Resolver } from '../../src/providers/connection/dial.ts';
import { classifyTransport } from '../../src/providers/failure/transport-failure.ts';
import { refusedUrl, startBlackHole } from '../support/fake-network.ts';
import { chunk, cutAfter, end, head, json, reset, send as bytes, wait } from '../support/fake-replies.ts';
import { selfSigned, testAuthority } from '../support/self-signed.ts';
import type { UpstreamRecorder } from '../support/upstream-recorder.ts';
import { connectorFor, fake, send } from './connector-harness.ts';

const meaningOf = ({ events, error }: UpstreamRecorder): Failure =>
  classifyTransport(error!, events.includes('sent'));

test('a name that does not exist is upstream_dns', async () => {
  const recorder = await send(connectorFor('http://no-such-host.invalid', { local: false }));
  expect(recorder.events).toEqual(['error']);
  expect(meaningOf(recorder)).toMatchObject({
    class: 'not_sent',
    code: 'upstream_dns',
    summary: expect.stringMatching(/^was not found in DNS/) as string,
  });
});

test('a resolver that never answers is upstream_dns after the connect deadline, with one query', async () => {
  let asked = 0;
  const resolver: Resolver = () => {
    asked += 1;
  };
  const connector = connectorFor('http://slow.example.com', { connectMs: 80, resolver });
  const recorder = await Promise.all([send(connector), send(connector), send(connector)]);
  expect(recorder.map((one) => meaningOf(one).code)).toEqual([
    'upstream_dns',
    'upstream_dns',
    'upstream_dns',
  ]);
  expect(asked).toBe(1);
});

test('a closed port is upstream_connect', async () => {
  const recorder = await send(connectorFor(await refusedUrl()));
  expect(recorder.events).toEqual(['error']);
  expect(meaningOf(recorder)).toMatchObject({
    class: 'not_sent',
    code: 'upstream_connect',
    summary: 'refused the connection',
  });
});

test('a name whose addresses all refuse is upstream_connect', async () => {
  const recorder = await send(connectorFor((await refusedUrl()).replace('127.0.0.1', 'localhost')));
  expect(meaningOf(recorder)).toMatchObject({ code: 'upstream_connect', summary: 'refused the connection' });
});

test('wire case 201: a connection that is never established is upstream_connect_timeout', async () => {
  const hole = await startBlackHole();
  const recorder = await send(connectorFor(hole.url, { connectMs: 150 }));
  expect(meaningOf(recorder)).toMatchObject({ class: 'not_sent', code: 'upstream_connect_timeout' });
  await hole.close();
});

test('TLS to a plain-text port is upstream_tls, and no byte of the request goes out', async () => {
  // Some servers answer the TLS hello, some wait for more.
  const plain = await fake([], {
    onConnection: (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  });
  const recorder = await send(
    connectorFor(plain.url.replace('http:', 'https:'), { headers: { authorization: 'Bearer sk-fake-1' } }),
  );
  expect(recorder.events).toEqual(['error']);
  expect(meaningOf(recorder)).toMatchObject({
    class: 'not_sent',
    code: 'upstream_tls',
    summary: expect.stringContaining('check the scheme and port of base_url') as string,
  });
  expect(plain.requests).toHaveLength(0);
});

test('a TLS handshake that never finishes is upstream_tls', async () => {
  const plain = await fake(json(200, {}));
  const recorder = await send(connectorFor(plain.url.replace('http:', 'https:'), { connectMs: 100 }));
  expect(meaningOf(recorder)).toMatchObject({ class: 'not_sent', code: 'upstream_tls' });
});

test('a self-signed certificate is upstream_tls with its code, and the key is never sent', async () => {
  const upstream = await fake(json(200, {}), { tls: selfSigned() });
  const recorder = await send(connectorFor(upstream.url, { headers: { authorization: 'Bearer sk-fake-1' } }));
  expect(meaningOf(recorder)).toMatchObject({
    class: 'not_sent',
    code: 'upstream_tls',
    summary: expect.stringMatching(/self-signed.*DEPTH_ZERO_SELF_SIGNED_CERT.*NODE_EXTRA_CA_CERTS/) as string,
  });
  expect(upstream.requests).toHaveLength(0);
});

test('a certificate of an unknown CA names NODE_EXTRA_CA_CERTS, one for another host the name', async () => {
  const authority = testAuthority();
  const unknown = await fake(json(200, {}), { tls: authority.issue('localhost') });
  expect(meaningOf(await send(connectorFor(unknown.url))).summary).toMatch(
    /unknown CA .*NODE_EXTRA_CA_CERTS/,
  );
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, authority.cert]);
  onTestFinished(() => setDefaultCACertificates(trusted));
  expect((await send(connectorFor(unknown.url))).status).toBe(200);
  const other = await fake(json(200, {}), { tls: authority.issue('other.example') });
  const url = other.url.replace('127.0.0.1', 'localhost');
  expect(meaningOf(await send(connectorFor(url))).summary).toMatch(/for another host name/);
});

test('the environment cannot disable verification', async () => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  try {
    const upstream = await fake(json(200, {}), { tls: selfSigned() });
    expect(meaningOf(await send(connectorFor(upstream.url))).code).toBe('upstream_tls');
  } finally {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  }
});

test('a server that disconnects in the handshake is upstream_tls', async () => {
  const rude = await fake([], { onConnection: (socket) => socket.destroy() });
  const recorder = await send(connectorFor(rude.url.replace('http:', 'https:')));
  expect(meaningOf(recorder)).toMatchObject({ class: 'not_sent', code: 'upstream_tls' });
});

test.each([
  ['a reset before the headers', [reset()], 'unanswered', 'upstream_disconnected'],
  ['an end before the headers', [end()], 'unanswered', 'upstream_disconnected'],
  [
    'a reset after the headers',
    [head(200, { 'content-length': '9' }), wait(10), reset()],
    'unanswered',
    'upstream_disconnected',
  ],
  [
    'a reset between chunks',
    [head(200, { 'transfer-encoding': 'chunked' }), chunk('a'), wait(10), reset()],
    'unanswered',
    'upstream_disconnected',
  ],
  [
    'an end between chunks',
    [head(200, { 'transfer-encoding': 'chunked' }), chunk('a'), end()],
    'unanswered',
    'upstream_disconnected',
  ],
  [
    'an end between chunks where it was announced',
    [head(200, { 'transfer-encoding': 'chunked', connection: 'close' }), chunk('a'), end()],
    'unanswered',
    'upstream_disconnected',
  ],
  [
    'an end short of the content length',
    [head(200, { 'content-length': '9' }), bytes('four'), end()],
    'malformed',
    'upstream_malformed',
  ],
  [
    'the same where the end was announced',
    [head(200, { 'content-length': '9', connection: 'close' }), bytes('four'), end()],
    'malformed',
    'upstream_malformed',
  ],
  [
    'an invalid chunk size',
    [head(200, { 'transfer-encoding': 'chunked' }), bytes('zz\r\nhello\r\n')],
    'malformed',
    'upstream_malformed',
  ],
  ['a protocol other than HTTP', [bytes('SSH-2.0-OpenSSH_9.9\r\n')], 'malformed', 'upstream_malformed'],
  ['an unsolicited 100 Continue', [head(100)], 'malformed', 'upstream_malformed'],
  [
    'both ways of framing',
    [bytes('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n')],
    'malformed',
    'upstream_malformed',
  ],
  [
    '17 KiB of headers',
    [head(200, Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`x-${at}`, 'y'.repeat(1_020)])))],
    'malformed',
    'upstream_too_large',
  ],
  [
    'one header of 17 KiB',
    [head(200, { 'x-long': 'y'.repeat(17 * 1024) })],
    'malformed',
    'upstream_too_large',
  ],
])('%s', async (_name, reply, failureClass, code) => {
  const upstream = await fake(reply);
  const recorder = await send(connectorFor(upstream.url));
  expect(recorder.events.filter((event) => event === 'error' || event === 'end')).toEqual(['error']);
  expect(meaningOf(recorder)).toMatchObject({ class: failureClass, code, status: null, upstream: null });
});

test('a reply that is cut at any byte is reported as one error, and the process survives', async () => {
  const whole = json(200, { ok: true });
  const length = whole.reduce((sum, step) => sum + ('send' in step ? step.send.length : 0), 0);
  const upstream = await fake(({ headers }) => cutAfter(whole, Number(headers['x-cut'])));
  const connector = connectorFor(upstream.url);
  for (let cut = 0; cut < length; cut += 1) {
    const { events } = await send(connector, { headers: { 'x-cut': String(cut) } });
    expect(events.filter((event) => event === 'error' || event === 'end')).toEqual(['error']);
  }
  expect(upstream.requests).toHaveLength(length);
});

test('15 KiB of headers pass', async () => {
  const upstream = await fake(json(200, {}, { 'x-long': 'y'.repeat(15 * 1024) }));
  const recorder = await send(connectorFor(upstream.url));
  expect(recorder.headers['x-long']).toHaveLength(15 * 1024);
});

test('the text of a connection error is never passed on: the summary is Laneway’s own', async () => {
  const recorder = await send(connectorFor((await fake([bytes('sk-fake-echoed-in-garbage\r\n')])).url));
  expect(JSON.stringify(meaningOf(recorder))).not.toContain('sk-fake');
});
