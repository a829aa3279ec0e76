import { expect, test } from 'vitest';
import type { Failure } from '../../src/protocol/failure.ts';
import type { Resolver } from '../../src/providers/connection/dial.ts';
import { classifyTransport } from '../../src/providers/failure/transport-failure.ts';
import { refusedUrl, startBlackHole } from '../support/fake-network.ts';
import { chunk, cutAfter, end, head, json, reset, send as bytes, wait } from '../support/fake-replies.ts';
import { selfSigned } from '../support/self-signed.ts';
import type { UpstreamRecorder } from '../support/upstream-recorder.ts';
import { connectorFor, fake, send } from './connector-harness.ts';

const meaningOf = ({ heard, error }: UpstreamRecorder): Failure =>
  classifyTransport(error!, heard.includes('sent'));

test('a name that does not exist is upstream_dns', async () => {
  const heard = await send(connectorFor('http://no-such-host.invalid', { local: false }));
  expect(heard.heard).toEqual(['error']);
  expect(meaningOf(heard)).toMatchObject({
    class: 'not_sent',
    code: 'upstream_dns',
    summary: expect.stringMatching(/^was not found in DNS/) as string,
  });
});

test('a resolver that never answers is upstream_dns after the connect deadline, asked once', async () => {
  let asked = 0;
  const resolver: Resolver = () => {
    asked += 1;
  };
  const connector = connectorFor('http://slow.example.com', { connectMs: 80, resolver });
  const heard = await Promise.all([send(connector), send(connector), send(connector)]);
  expect(heard.map((one) => meaningOf(one).code)).toEqual(['upstream_dns', 'upstream_dns', 'upstream_dns']);
  expect(asked).toBe(1);
});

test('a closed port is upstream_connect', async () => {
  const heard = await send(connectorFor(await refusedUrl()));
  expect(heard.heard).toEqual(['error']);
  expect(meaningOf(heard)).toMatchObject({
    class: 'not_sent',
    code: 'upstream_connect',
    summary: 'refused the connection',
  });
});

test('a name whose addresses all refuse is upstream_connect', async () => {
  const heard = await send(connectorFor((await refusedUrl()).replace('127.0.0.1', 'localhost')));
  expect(meaningOf(heard)).toMatchObject({ code: 'upstream_connect', summary: 'refused the connection' });
});

test('wire case 201: a connection that never comes about is upstream_connect_timeout', async () => {
  const hole = await startBlackHole();
  const heard = await send(connectorFor(hole.url, { connectMs: 150 }));
  expect(meaningOf(heard)).toMatchObject({ class: 'not_sent', code: 'upstream_connect_timeout' });
  await hole.close();
});

test('TLS to a plain-text port is upstream_tls, and no byte of the request goes out', async () => {
  // Some answer what they do not understand, some wait for more.
  const plain = await fake([], {
    onConnection: (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  });
  const heard = await send(
    connectorFor(plain.url.replace('http:', 'https:'), { headers: { authorization: 'Bearer sk-fake-1' } }),
  );
  expect(heard.heard).toEqual(['error']);
  expect(meaningOf(heard)).toMatchObject({ class: 'not_sent', code: 'upstream_tls' });
  expect(plain.requests).toHaveLength(0);
});

test('a TLS handshake that goes nowhere is upstream_tls', async () => {
  const plain = await fake(json(200, {}));
  const heard = await send(connectorFor(plain.url.replace('http:', 'https:'), { connectMs: 100 }));
  expect(meaningOf(heard)).toMatchObject({ class: 'not_sent', code: 'upstream_tls' });
});

test('a self-signed certificate is upstream_tls by name, and the key is never written', async () => {
  const upstream = await fake(json(200, {}), { tls: selfSigned() });
  const heard = await send(connectorFor(upstream.url, { headers: { authorization: 'Bearer sk-fake-1' } }));
  expect(meaningOf(heard)).toMatchObject({
    class: 'not_sent',
    code: 'upstream_tls',
    summary: 'failed the TLS handshake (DEPTH_ZERO_SELF_SIGNED_CERT)',
  });
  expect(upstream.requests).toHaveLength(0);
});

test('verification stays on when the environment says otherwise', async () => {
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

test('a server that hangs up in the handshake is upstream_tls', async () => {
  const rude = await fake([], { onConnection: (socket) => socket.destroy() });
  const heard = await send(connectorFor(rude.url.replace('http:', 'https:')));
  expect(meaningOf(heard)).toMatchObject({ class: 'not_sent', code: 'upstream_tls' });
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
    'a chunk size that is no number',
    [head(200, { 'transfer-encoding': 'chunked' }), bytes('zz\r\nhello\r\n')],
    'malformed',
    'upstream_malformed',
  ],
  ['something that is no HTTP', [bytes('SSH-2.0-OpenSSH_9.9\r\n')], 'malformed', 'upstream_malformed'],
  ['an unasked 100 Continue', [head(100)], 'malformed', 'upstream_malformed'],
  [
    'both ways of framing at once',
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
  const heard = await send(connectorFor(upstream.url));
  expect(heard.heard.filter((word) => word === 'error' || word === 'end')).toEqual(['error']);
  expect(meaningOf(heard)).toMatchObject({ class: failureClass, code, status: null, upstream: null });
});

test('a reply that is cut at any byte is told as one error, and the process lives', async () => {
  const whole = json(200, { ok: true });
  const length = whole.reduce((sum, step) => sum + ('send' in step ? step.send.length : 0), 0);
  const upstream = await fake(({ headers }) => cutAfter(whole, Number(headers['x-cut'])));
  const connector = connectorFor(upstream.url);
  for (let cut = 0; cut < length; cut += 1) {
    const { heard } = await send(connector, { headers: { 'x-cut': String(cut) } });
    expect(heard.filter((word) => word === 'error' || word === 'end')).toEqual(['error']);
  }
  expect(upstream.requests).toHaveLength(length);
});

test('15 KiB of headers pass', async () => {
  const upstream = await fake(json(200, {}, { 'x-long': 'y'.repeat(15 * 1024) }));
  const heard = await send(connectorFor(upstream.url));
  expect(heard.headers['x-long']).toHaveLength(15 * 1024);
});

test('what a broken connection said goes nowhere: the summary is our own text', async () => {
  const heard = await send(connectorFor((await fake([bytes('sk-fake-echoed-in-garbage\r\n')])).url));
  expect(JSON.stringify(meaningOf(heard))).not.toContain('sk-fake');
});
