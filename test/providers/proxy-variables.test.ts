import { expect, test } from 'vitest';
import { bypassesProxy } from '../../src/providers/connection/no-proxy.ts';
import { proxyNotes } from '../../src/providers/connection/proxy-notes.ts';
import { proxyFor, type ReadVariable } from '../../src/providers/connection/proxy.ts';

type Values = Readonly<Record<string, string>>;

function of(values: Values): ReadVariable {
  return (name) => values[name];
}

function proxyOf(values: Values, baseUrl = 'https://api.cloud.example/v1', local = false): unknown {
  return proxyFor({ baseUrl, local }, of(values));
}

test.each<[Values, string]>([
  [{ HTTPS_PROXY: 'http://proxy.corp:3128' }, 'proxy.corp:3128'],
  [{ https_proxy: 'http://proxy.corp:3128/', HTTPS_PROXY: 'http://other:1' }, 'proxy.corp:3128'],
  [{ https_proxy: ' ', HTTPS_PROXY: 'http://other:1' }, 'other:1'],
  [{ HTTPS_PROXY: 'proxy.corp:3128' }, 'proxy.corp:3128'],
  [{ HTTPS_PROXY: 'http://proxy.corp' }, 'proxy.corp:1080'],
  [{ HTTPS_PROXY: 'http://proxy.corp:80' }, 'proxy.corp:80'],
  [{ HTTPS_PROXY: 'http://u:p@proxy.corp:80/' }, 'proxy.corp:80'],
  [{ HTTPS_PROXY: 'https://proxy.corp' }, 'proxy.corp:443'],
  [{ HTTPS_PROXY: 'http://[fd00::1]:3128' }, '[fd00::1]:3128'],
])('%j is the proxy %s', (values, name) => {
  expect(proxyOf(values)).toMatchObject({ name });
});

test.each<[Values, string?, boolean?]>([
  [{}],
  [{ HTTPS_PROXY: '' }],
  [{ HTTP_PROXY: 'http://proxy:1' }],
  [{ ALL_PROXY: 'http://proxy:1' }],
  [{ HTTPS_PROXY: 'http://proxy:1', NO_PROXY: 'cloud.example' }],
  [{ HTTPS_PROXY: 'http://proxy:1', no_proxy: '*', NO_PROXY: 'other' }],
  [{ HTTPS_PROXY: 'http://proxy:1' }, 'https://box.lan', true],
  [{ HTTPS_PROXY: 'http://proxy:1' }, 'https://localhost:8443', false],
  [{ HTTPS_PROXY: 'http://proxy:1' }, 'https://[::1]:8443', false],
  [{ HTTPS_PROXY: 'http://proxy:1' }, 'http://api.cloud.example', false],
])('%j is no proxy for %s', (values, url, local) => {
  expect(proxyOf(values, url, local)).toBeNull();
});

test.each([
  'socks5://proxy:1080',
  'SOCKS5h://proxy:1080',
  'socks://user:hunter2@proxy:1080',
  'ftp://user:hunter2@proxy',
  'http://',
  'http://user:hunter%zz@proxy:1',
  'http://user:hunter2@proxy:99999',
])('%s is reported as unusable, without the value', (value) => {
  const read = of({ HTTPS_PROXY: value });
  expect(proxyFor({ baseUrl: 'https://api.cloud.example', local: false }, read)).toMatchObject({
    variable: 'HTTPS_PROXY',
    fault: expect.any(String) as string,
  });
  const { notes, warnings } = proxyNotes(read);
  expect(notes).toEqual([]);
  expect(warnings).toEqual([
    expect.stringMatching(/^HTTPS_PROXY is .*: set an http:\/\/ or https:\/\/ proxy/),
  ]);
  expect(warnings[0]).not.toMatch(/hunter|user/);
});

test.each([
  ['api.cloud.example', true],
  ['API.Cloud.Example.', true],
  ['cloud.example', true],
  ['.cloud.example', true],
  ['*.cloud.example', true],
  ['*.api.cloud.example', false],
  ['loud.example', false],
  ['other,  api.cloud.example', true],
  ['other api.cloud.example', true],
  ['api.cloud.example:443', true],
  ['api.cloud.example:8443', false],
  ['*', true],
  ['other,*', true],
  ['*:8443', false],
  ['', false],
  [' , ', false],
  ['203.0.113.0/24', false],
  ['https://api.cloud.example', false],
])('NO_PROXY=%s exempts a name: %s', (noProxy, exempt) => {
  expect(bypassesProxy(new URL('https://api.cloud.example'), noProxy)).toBe(exempt);
});

test.each([
  ['8.8.4.4', '8.8.4.4', true],
  ['8.8.4.4', '8.8.4.0/24', true],
  ['8.8.4.4', '8.8.5.0/24', false],
  ['8.8.4.4', '4.4', false],
  ['8.8.4.4', '8.8.4.4:443', true],
  ['[2600::1]', '2600:0::0001', true],
  ['[2600::1]', '[2600::1]:443', true],
  ['[2600::1]', '2600::/16', true],
  ['[2600::1]', '2600::2', false],
])('for https://%s NO_PROXY=%s exempts: %s', (host, noProxy, exempt) => {
  expect(bypassesProxy(new URL(`https://${host}`), noProxy)).toBe(exempt);
});

test('the start names the proxy without its password', () => {
  expect(
    proxyNotes(of({ https_proxy: 'http://me:hunter2@proxy.corp:3128', ALL_PROXY: 'socks5://x' })),
  ).toEqual({
    notes: ['cloud providers are called through the proxy proxy.corp:3128 (https_proxy)'],
    warnings: [],
  });
  expect(proxyNotes(of({}))).toEqual({ notes: [], warnings: [] });
});

test.each<[Values, RegExp]>([
  [
    { ALL_PROXY: 'socks5://u:hunter2@proxy:1' },
    /^ALL_PROXY is not supported, .*called directly; set HTTPS_PROXY/,
  ],
  [{ HTTP_PROXY: 'http://u:hunter2@proxy:1' }, /^HTTP_PROXY does not apply to https, .*set HTTPS_PROXY/],
  [
    { HTTPS_PROXY: 'http://proxy:1', NO_PROXY: '10.0.0.0/99' },
    /^NO_PROXY: 10\.0\.0\.0\/99 .* matches nothing/,
  ],
  [{ NO_PROXY: 'http://u:hunter2@box' }, /^NO_PROXY: an entry is neither/],
])('%j is named at start', (values, words) => {
  const { warnings } = proxyNotes(of(values));
  expect(warnings).toEqual([expect.stringMatching(words)]);
  expect(warnings[0]).not.toContain('hunter2');
});
