import { errors } from 'undici';
import { expect, test } from 'vitest';
import { DialError } from '../../src/providers/connection/dial.ts';
import type { DialFault } from '../../src/providers/connection/dial.ts';
import { classifyTransport, TRANSPORT_RULES } from '../../src/providers/failure/transport-failure.ts';

const withCode = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

test.each<[DialFault, string | null, string, string]>([
  ['dns', 'ENOTFOUND', 'upstream_dns', 'was not found in DNS (ENOTFOUND)'],
  ['dns', null, 'upstream_dns', 'was not found in DNS'],
  ['connect', 'ECONNREFUSED', 'upstream_connect', 'refused the connection'],
  ['connect', 'EHOSTUNREACH', 'upstream_connect', 'was unreachable (EHOSTUNREACH)'],
  ['timeout', null, 'upstream_connect_timeout', 'did not accept a connection in time'],
  ['tls', 'ECONNRESET', 'upstream_tls', 'failed the TLS handshake (ECONNRESET)'],
  [
    'tls',
    'CERT_HAS_EXPIRED',
    'upstream_tls',
    'has a certificate that has expired (CERT_HAS_EXPIRED): renew it, or check the clock of this machine',
  ],
  ['tls', 'words with secrets in them', 'upstream_tls', 'failed the TLS handshake'],
])('no connection: %s with %s is %s', (fault, code, expected, summary) => {
  const error = new DialError(fault, code === null ? null : withCode(code));
  expect(classifyTransport(error, false)).toEqual({
    class: 'not_sent',
    code: expected,
    status: null,
    summary,
    retryAfterMs: null,
    upstream: null,
  });
});

test.each([
  ['a reset after the request was sent', withCode('ECONNRESET'), true, 'unanswered', 'upstream_disconnected'],
  [
    'an end after the request was sent',
    new errors.SocketError('other side closed'),
    true,
    'unanswered',
    'upstream_disconnected',
  ],
  [
    'a retry that found no server',
    new DialError('connect', withCode('ECONNREFUSED')),
    true,
    'unanswered',
    'upstream_disconnected',
  ],
  ['a connector that was closed', new errors.ClientDestroyedError(), false, 'not_sent', 'upstream_connect'],
  [
    'an abort before the request was sent',
    new errors.RequestAbortedError(),
    false,
    'not_sent',
    'upstream_connect',
  ],
  [
    'an unsolicited response',
    new errors.SocketError('bad response'),
    true,
    'malformed',
    'upstream_malformed',
  ],
  ['endless headers', new errors.HeadersOverflowError(), true, 'malformed', 'upstream_too_large'],
])('%s', (_name, error, sent, failureClass, code) => {
  expect(classifyTransport(error, sent)).toMatchObject({ class: failureClass, code, status: null });
});

test('the words tell a reply that was cut off from none', () => {
  const reset = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
  expect(classifyTransport(reset, true).summary).toBe('closed the connection before answering');
  const cut = 'closed the connection before the end of its reply';
  expect(classifyTransport(reset, true, true).summary).toBe(cut);
  expect(classifyTransport(new errors.ResponseContentLengthMismatchError(), true, true).summary).toBe(cut);
});

test('every rule has a source', () => {
  for (const { source } of TRANSPORT_RULES) expect(source.length).toBeGreaterThan(5);
});
