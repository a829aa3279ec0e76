import { expect, test } from 'vitest';

import {
  hostNotAllowed,
  OriginGuard,
  originNotAllowed,
} from '../../../src/http/authenticate/origin-guard.ts';

const guard = new OriginGuard({
  listenHost: '127.0.0.1',
  allowedHosts: ['gateway.lan', 'other.lan:8443'],
  allowedOrigins: ['https://app.example'],
});

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
  expect(guard.allowsHost(host, {})).toBe(true);
  // The second time it comes from the cache.
  expect(guard.allowsHost(host, {})).toBe(true);
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
])('a page that uses the host %s is rejected (DNS rebinding)', (host) => {
  expect(guard.allowsHost(host, {})).toBe(false);
});

test.each([
  'http://localhost:3000',
  'http://127.0.0.1:5173',
  'https://[::1]',
  'https://app.example',
  'https://APP.example',
])('a page of %s may call', (origin) => {
  expect(guard.allowsOrigin(origin)).toBe(true);
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
])('a page of %s may not (CSRF)', (origin) => {
  expect(guard.allowsOrigin(origin)).toBe(false);
});

test('the error names the variable that would allow it', () => {
  expect(hostNotAllowed('evil.example', false).message).toMatch(/LANEWAY_ALLOWED_HOSTS/);
  expect(originNotAllowed('https://evil.example', false).message).toMatch(/LANEWAY_ALLOWED_ORIGINS/);
});

test('a wildcard bind accepts the local address of a connection, and no name', () => {
  for (const listenHost of ['0.0.0.0', '::']) {
    const open = new OriginGuard({ listenHost, allowedHosts: [], allowedOrigins: [] });
    expect(open.allowsHost('192.168.1.5:4600', { localAddress: '192.168.1.5' })).toBe(true);
    expect(open.allowsHost('10.0.0.7:4600', { localAddress: '::ffff:10.0.0.7' })).toBe(true);
    expect(open.allowsHost('[2001:db8::7]:4600', { localAddress: '2001:db8::7' })).toBe(true);
    expect(open.allowsHost('192.168.1.6:4600', { localAddress: '192.168.1.5' })).toBe(false);
    expect(open.allowsHost('0.0.0.0:4600', { localAddress: '192.168.1.5' })).toBe(false);
    expect(open.allowsHost('[::]:4600', { localAddress: '192.168.1.5' })).toBe(false);
    expect(open.allowsHost('box.lan:4600', { localAddress: '192.168.1.5' })).toBe(false);
  }
});
