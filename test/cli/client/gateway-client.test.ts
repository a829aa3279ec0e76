import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../store/harness.ts';
import { fakeGateway, laneway } from '../commands/harness.ts';
import { realGateway } from '../commands/real-gateway.ts';

const TOKEN = 'fake-token-0123456789';

test('without a gateway a command is exit 6, in one sentence with the address and how to start one', async () => {
  const { code, stdout, stderr } = await laneway(['nodes', '--json'], { variables: { LANEWAY_PORT: '9' } });
  expect([code, stdout]).toEqual([6, '']);
  expect(stderr).toMatch(
    /^no gateway answers at http:\/\/127\.0\.0\.1:9 \(\w[\w ]+\): start one with npm start[^\n]+\n$/,
  );
});

test.each([
  [{}, 'http://127.0.0.1:4600'],
  [{ PORT: '4999' }, 'http://127.0.0.1:4999'],
  [{ LANEWAY_HOST: '0.0.0.0', LANEWAY_PORT: '4999' }, 'http://127.0.0.1:4999'],
  [{ LANEWAY_HOST: '::1', LANEWAY_PORT: '4999' }, 'http://[::1]:4999'],
  [{ LANEWAY_URL: 'http://127.0.0.1:4998/v1/', LANEWAY_PORT: '4999' }, 'http://127.0.0.1:4998'],
])('with %j the gateway is at %s', async (variables, url) => {
  const { gatewayAddress } = await import('../../../src/cli/client/address.ts');
  expect(gatewayAddress(undefined, variables)).toEqual({ url, isLocal: true });
});

test('--url takes an address without a scheme, and one below a path', async () => {
  const { gatewayAddress } = await import('../../../src/cli/client/address.ts');
  const at = (option: string): unknown => gatewayAddress(option, { LANEWAY_URL: 'http://other' });
  expect(at('localhost:4600')).toEqual({ url: 'http://localhost:4600', isLocal: true });
  expect(at('https://box.lan/laneway/')).toEqual({ url: 'https://box.lan/laneway', isLocal: false });
});

test.each([
  [['--url', '::'], /^--url: must be the address/],
  [['--url', 'ftp://box'], /^--url: must be the address/],
  [['--url', 'http://me:secret@box'], /^--url: remove user and password[^]*--token/],
  [['--token', 'two words'], /^--token: /],
])('%j is exit 2 and says what would be right', async (options, words) => {
  const { code, stderr } = await laneway(['nodes', ...options]);
  expect(code).toBe(2);
  expect(stderr).toMatch(words);
  expect(stderr).not.toContain('secret');
});

test('the token is --token, else LANEWAY_ADMIN_TOKEN, else the file of the state directory', async () => {
  const gateway = await fakeGateway({});
  const dataDirectory = temporaryFolder();
  writeFileSync(join(dataDirectory, 'admin.token'), `${TOKEN}-file\n`);
  const variables = { LANEWAY_ADMIN_TOKEN: `${TOKEN}-variable` };
  const at = ['secrets', '--url', gateway.url];
  await laneway([...at, '--token', `${TOKEN}-option`], { dataDirectory, variables });
  await laneway(at, { dataDirectory, variables });
  await laneway(at, { dataDirectory });
  await laneway(at);
  const sent = gateway.calls.map(({ authorization }) => authorization?.replace(`Bearer ${TOKEN}-`, ''));
  expect(sent).toEqual(['option', 'variable', 'file', undefined]);
});

test('the token of the state directory is sent to no other machine', async () => {
  const { findToken } = await import('../../../src/cli/client/token.ts');
  const directory = temporaryFolder();
  writeFileSync(join(directory, 'admin.token'), TOKEN);
  const find = (isLocal: boolean): string | null =>
    findToken({
      ...{ option: undefined, variables: {}, dataDirectory: () => directory },
      address: { url: 'http://box.lan', isLocal },
    })?.token ?? null;
  expect([find(true), find(false)]).toEqual([TOKEN, null]);
});

test('a gateway that requires a token, or refuses it, is exit 1 and names the options', async () => {
  const { url } = await realGateway({ access: { adminToken: TOKEN } });
  const missing = await laneway(['nodes', '--url', url]);
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toMatch(/requires its admin token: [^\n]*--token or LANEWAY_ADMIN_TOKEN/);
  const wrong = await laneway(['nodes', '--url', url, '--token', `${TOKEN}-wrong`]);
  expect(wrong.stderr).toMatch(/refuses the token: [^\n]*--token/);
  expect(wrong.stderr).not.toContain(TOKEN);
  expect((await laneway(['nodes', '--url', url, '--token', TOKEN])).code).toBe(0);
});

test('another program at the address is exit 6, even when it answers with JSON', async () => {
  const server = createServer((_request, response) => response.end('{"error":{"message":"no such route"}}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { code, stderr } = await laneway([
    'nodes',
    '--url',
    `127.0.0.1:${(server.address() as AddressInfo).port}`,
  ]);
  expect(code).toBe(6);
  expect(stderr).toMatch(/is not a Laneway gateway/);
});

test('text of a server cannot control the terminal', async () => {
  const model = {
    provider: 'box',
    model_id: '\u001b[2Jx\nmore',
    name: 'x',
    speed: null,
    status: 'available',
    kind: 'chat',
    local: true,
  };
  const { url } = await fakeGateway({
    'GET /api/debug/models': { json: { generation: 1, available: [model] } },
  });
  const { stdout } = await laneway(['models', '--url', url]);
  expect(stdout).toContain('box/\ufffd[2Jx more');
});
