import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';

import { isPortFree, withoutOwnListeners } from '../../src/cli/own-listener.ts';
import type { Config } from '../../src/config/config.ts';

/** A configuration with one provider at this address. */
function configWith(url: string, enabled = true): Config {
  const providers = { ollama: { enabled, base_url: url } };
  return { providers, warnings: ['an earlier one'] } as unknown as Config;
}

const isOwn = (url: string, host = '127.0.0.1'): boolean =>
  withoutOwnListeners(configWith(url), { host, ports: [4600, 11_434] }).providers['ollama']?.enabled ===
  false;

describe('a provider at an address of the gateway itself', () => {
  test('is not used, and a warning says what to do', () => {
    const config = withoutOwnListeners(configWith('http://127.0.0.1:11434'), {
      host: '127.0.0.1',
      ports: [4600, 11_434],
    });
    expect(config.providers['ollama']).toMatchObject({ enabled: false, base_url: 'http://127.0.0.1:11434' });
    expect(config.warnings).toEqual([
      'an earlier one',
      expect.stringMatching(
        /^providers\.ollama: http:\/\/127\.0\.0\.1:11434 is the address of Laneway itself.*LANEWAY_PROVIDER_OLLAMA_URL$/,
      ) as string,
    ]);
  });

  test.each([
    'http://127.0.0.1:11434',
    'http://localhost:11434',
    'http://localhost:4600/v1',
    'http://[::1]:11434',
  ])('%s is one', (url) => {
    expect(isOwn(url)).toBe(true);
    expect(isOwn(url, '0.0.0.0')).toBe(true);
  });

  test.each([
    'http://127.0.0.1:11435',
    'http://192.0.2.7:11434',
    'https://127.0.0.1:11434',
    'http://box:4600',
  ])('%s is none', (url) => {
    expect(isOwn(url)).toBe(false);
    expect(isOwn(url, '0.0.0.0')).toBe(false);
  });

  test('a gateway on one address of a network is not on loopback', () => {
    expect(isOwn('http://127.0.0.1:11434', '192.0.2.7')).toBe(false);
    expect(isOwn('http://192.0.2.7:11434', '192.0.2.7')).toBe(true);
  });

  test('leaves a configuration without one as it is', () => {
    const config = configWith('http://127.0.0.1:11434', false);
    expect(withoutOwnListeners(config, { host: '127.0.0.1', ports: [11_434] })).toBe(config);
    expect(
      withoutOwnListeners(configWith('http://127.0.0.1:11434'), { host: '127.0.0.1', ports: [] }),
    ).toEqual(configWith('http://127.0.0.1:11434'));
  });
});

test('a port is free until a program listens there', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await isPortFree('127.0.0.1', port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await isPortFree('127.0.0.1', port)).toBe(true);
});
