import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { createConnector } from '../../src/providers/connection/connector.ts';
import type { Resolver } from '../../src/providers/connection/dial.ts';
import { classifyTransport } from '../../src/providers/failure/transport-failure.ts';
import { json, redirect } from '../support/fake-replies.ts';
import { connectorFor, fake, send } from './connector-harness.ts';

/** Resolves every name to the same addresses. */
const resolvesTo =
  (...addresses: readonly string[]): Resolver =>
  (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

test.each([
  'http://127.0.0.1:PORT',
  'http://2130706433:PORT',
  'http://0x7f000001:PORT',
  'http://0177.0.0.1:PORT',
  'http://127.1:PORT',
  'http://127.0.0.1.:PORT',
  'http://１２７.０.０.１:PORT',
  'http://0.0.0.0:PORT',
  'http://localhost:PORT',
  'http://[::1]:PORT',
  'http://[::]:PORT',
  'http://[::ffff:127.0.0.1]:PORT',
  'http://[::ffff:7f00:1]:PORT',
  'http://[::127.0.0.1]:PORT',
  'http://[64:ff9b::7f00:1]:PORT',
  'https://127.0.0.1:PORT',
])('%s is not even dialled for a cloud provider', async (url) => {
  const trap = await fake(json(200, {}));
  const recorder = await send(connectorFor(url.replace('PORT', String(trap.port)), { local: false }));
  expect(recorder.events).toEqual(['error']);
  expect(classifyTransport(recorder.error!, false)).toMatchObject({
    class: 'not_sent',
    code: 'upstream_connect',
    summary: expect.stringContaining('set "local": true') as string,
  });
  expect(trap.connections).toBe(0);
});

test.each([
  'http://127.0.0.1:PORT',
  'http://localhost:PORT',
  'http://2130706433:PORT',
  'http://[::ffff:127.0.0.1]:PORT',
])('a local provider is reached at %s', async (url) => {
  const upstream = await fake(json(200, {}));
  const recorder = await send(connectorFor(url.replace('PORT', String(upstream.port))));
  expect(recorder.status).toBe(200);
});

test.each([
  'http://169.254.169.254',
  'http://2852039166',
  'http://[fe80::1]',
  'http://[::ffff:169.254.169.254]',
  'http://[fd00:ec2::254]',
  'http://100.100.100.200',
])('%s is refused even for a local provider', async (url) => {
  const recorder = await send(connectorFor(url, { local: true }));
  expect(recorder.events).toEqual(['error']);
  expect(classifyTransport(recorder.error!, false)).toMatchObject({
    class: 'not_sent',
    summary: expect.stringContaining('link-local') as string,
  });
});

test('a public name that resolves to a private address is refused, and the error says what to set', async () => {
  const trap = await fake(json(200, {}));
  const resolver = resolvesTo('127.0.0.1', '10.0.0.1');
  const recorder = await send(
    connectorFor(`http://api.example.com:${trap.port}`, { local: false, resolver }),
  );
  expect(classifyTransport(recorder.error!, false).summary).toContain('"local": true');
  expect(trap.connections).toBe(0);
});

test('a name that resolves to the metadata service is refused even for a local provider', async () => {
  const resolver = resolvesTo('169.254.169.254');
  const recorder = await send(connectorFor('http://box.example.com', { resolver }));
  expect(classifyTransport(recorder.error!, false).summary).toContain('link-local');
});

test('only the allowed addresses of a mixed answer are dialled', async () => {
  const upstream = await fake(json(200, {}));
  const resolver = resolvesTo('169.254.169.254', '127.0.0.1');
  const recorder = await send(connectorFor(`http://box.example.com:${upstream.port}`, { resolver }));
  expect(recorder.status).toBe(200);
});

test('the address of the peer is checked, whatever its name resolved to', async () => {
  const trap = await fake(json(200, {}));
  // Public when checked, private when dialled: a check before dialling alone would miss it.
  let read = 0;
  const shifty: LookupAddress = {
    get address() {
      read += 1;
      return read === 1 ? '1.1.1.1' : '127.0.0.1';
    },
    family: 4,
  };
  const resolver: Resolver = (_hostname, _options, callback) => callback(null, [shifty]);
  const recorder = await send(
    connectorFor(`http://api.example.com:${trap.port}`, { local: false, resolver }),
  );
  expect(recorder.events).toEqual(['error']);
  expect(classifyTransport(recorder.error!, false).summary).toContain('"local": true');
  expect(trap.connections).toBe(1);
  expect(trap.requests).toHaveLength(0);
});

test('a redirect is reported and not followed: there is no connection to its target', async () => {
  const trap = await fake(json(200, {}));
  for (const status of [301, 302, 303, 307, 308]) {
    const upstream = await fake(redirect(trap.url, status));
    const recorder = await send(
      connectorFor(upstream.url, { headers: { authorization: 'Bearer sk-fake-1' } }),
    );
    expect(recorder).toMatchObject({
      status,
      events: expect.arrayContaining(['headers', 'end']) as string[],
    });
  }
  expect(trap.connections).toBe(0);
});

test('fetch refuses every origin but its own, and redirects', async () => {
  const trap = await fake(json(200, {}));
  const upstream = await fake(({ path }) =>
    path === '/there' ? redirect(trap.url) : json(200, { ok: true }),
  );
  const { fetch } = connectorFor(upstream.url, { headers: { authorization: 'Bearer sk-fake-1' } });
  await expect(fetch(`${trap.url}/models`)).rejects.toThrow(`goes to ${upstream.url} only`);
  await expect(fetch(new URL(`http://localhost:${upstream.port}/`))).rejects.toThrow('only');
  await expect(fetch(new Request(`${trap.url}/`))).rejects.toThrow('takes a URL');
  await expect(fetch(`${upstream.url}/there`)).rejects.toThrow();
  expect(trap.connections).toBe(0);
  const reply = await fetch(`${upstream.url}/models`, { headers: { authorization: 'Bearer of-the-sdk' } });
  expect(await reply.json()).toEqual({ ok: true });
  expect(upstream.requests.at(-1)!.headers).toMatchObject({
    authorization: 'Bearer sk-fake-1',
    'accept-encoding': 'identity',
  });
});

test('a base URL with another scheme than HTTP is rejected when the connector is created', () => {
  expect(() =>
    createConnector({ baseUrl: 'ftp://127.0.0.1', local: true, headers: {}, connectMs: 1 }),
  ).toThrow();
});
