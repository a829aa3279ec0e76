import { expect, test } from 'vitest';

import { GatewayError } from '../../src/protocol/errors.ts';
import { originGuard } from '../../src/http/plugins/origin-guard.ts';

const check = originGuard({
  listenHost: '127.0.0.1',
  allowedHosts: ['gateway.lan', 'other.lan:8443'],
  allowedOrigins: ['https://app.example'],
});

function codeOf(host: string | undefined, origin?: string): string | null {
  try {
    check(host, origin);
    return null;
  } catch (error) {
    return error instanceof GatewayError ? error.code : 'not ours';
  }
}

test.each([
  '127.0.0.1:4600',
  '127.0.0.1',
  '127.8.9.10:4600',
  'localhost:4600',
  'LOCALHOST',
  'app.localhost:4600',
  '[::1]:4600',
  'gateway.lan',
  'gateway.lan:4600',
  'other.lan:8443',
])('a program that calls %s is served', (host) => {
  expect(codeOf(host)).toBeNull();
});

test.each([
  'evil.example',
  'evil.example:4600',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'notlocalhost',
  '192.168.1.5:4600',
  '10.0.0.1',
  '0.0.0.0:4600',
  '[::]:4600',
  '[fe80::1]:4600',
  'other.lan:9999',
  'localhost:4600@evil.example',
  'localhost, evil.example',
  'localhost:99999999',
  'a b',
  '',
  undefined,
])('a page that reached us as %s is refused (DNS rebinding, reliability S26)', (host) => {
  expect(codeOf(host)).toBe('host_not_allowed');
});

test.each([
  'http://localhost:3000',
  'http://127.0.0.1:5173',
  'https://[::1]',
  'https://app.example',
  'https://APP.example',
])('a page of %s may call', (origin) => {
  expect(codeOf('localhost', origin)).toBeNull();
});

test.each([
  'https://evil.example',
  'http://localhost.evil.example',
  'https://app.example.evil.example',
  'https://app.example:8443',
  'http://app.example',
  'null',
  'file://',
  'chrome-extension://abcdef',
  'http://localhost@evil.example',
  '',
])('a page of %s may not (CSRF, reliability S27)', (origin) => {
  expect(codeOf('localhost', origin)).toBe('origin_not_allowed');
});

test('a refusal says which variable lets it in', () => {
  expect(() => {
    check('evil.example', undefined);
  }).toThrow(/LANEWAY_ALLOWED_HOSTS/);
  expect(() => {
    check('localhost', 'https://evil.example');
  }).toThrow(/LANEWAY_ALLOWED_ORIGINS/);
});
