import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../store/harness.ts';
import { laneway } from './harness.ts';
import { realGateway } from './real-gateway.ts';

const TOKEN = 'fake-admin-token-0123456789';

test('keys reports that a gateway on loopback requires no token, and how to require one', async () => {
  const { url } = await realGateway();
  const { code, stdout } = await laneway(['keys', '--url', url]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^admin token +not required by http:\S+\n[^]*\nto require it +set LANEWAY_ADMIN_TOKEN /,
  );
});

test('keys names where the token comes from and how to send it, and never prints it', async () => {
  const { url } = await realGateway({ access: { adminToken: TOKEN, dataPlane: 'closed' } });
  const dataDirectory = temporaryFolder();
  const path = join(dataDirectory, 'admin.token');
  writeFileSync(path, `${TOKEN}\n`);
  const text = await laneway(['keys', '--url', url], { dataDirectory });
  expect(text.stdout).toContain(`required by ${url}; the one of ${path} is accepted\n`);
  expect(text.stdout).toMatch(/\nclients +need it for \/v1, too/);
  expect(text.stdout).toContain(`\n  curl -H "authorization: Bearer $(cat ${path})" ${url}/v1/models\n`);
  const json = await laneway(['keys', '--json', '--url', url], { variables: { LANEWAY_ADMIN_TOKEN: TOKEN } });
  expect(JSON.parse(json.stdout)).toEqual({
    ...{ url, clients_need_key: true, keys: [] },
    admin_token: { required: true, source: 'LANEWAY_ADMIN_TOKEN', scopes: ['client', 'admin'] },
  });
  const option = await laneway(['keys', '--url', url, '--token', TOKEN]);
  expect([text, json, option].map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(JSON.stringify([text, json, option])).not.toContain(TOKEN);
});

test('keys reports when clients need no key although the gateway has a token', async () => {
  const { url } = await realGateway({ access: { adminToken: TOKEN } });
  const { stdout } = await laneway(['keys', '--url', url, '--token', TOKEN]);
  expect(stdout).toMatch(/\nclients +need no key for \/v1\n/);
});

test.each([
  ['a missing token', [], 'requires its admin token'],
  ['a wrong token', ['--token', `${TOKEN}-wrong`], 'refuses the token'],
])('keys with %s is exit 1', async (_, options, words) => {
  const { url } = await realGateway({ access: { adminToken: TOKEN } });
  const { code, stdout, stderr } = await laneway(['keys', '--url', url, ...options]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(words);
  expect(stderr).not.toContain(TOKEN);
});
