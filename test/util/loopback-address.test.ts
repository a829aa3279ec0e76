import { expect, test } from 'vitest';

import { loopbackAddress } from '../../src/util/loopback-address.ts';

test.each([
  ['http://localhost:8080', { host: '127.0.0.1', port: 8080 }],
  ['http://127.0.0.1:8080/', { host: '127.0.0.1', port: 8080 }],
  ['http://[::1]:9000', { host: '::1', port: 9000 }],
  ['http://localhost', { host: '127.0.0.1', port: 80 }],
])('a server that is to answer at %s', (url, address) => {
  expect(loopbackAddress(url)).toEqual(address);
});

test.each([
  'https://127.0.0.1:8080',
  'http://127.0.0.1:8080/v1',
  'http://192.168.1.20:8080',
  'http://[::2]:1',
  '8080',
])('no server of this machine can be started for %s', (url) => {
  expect(loopbackAddress(url)).toBeNull();
});
