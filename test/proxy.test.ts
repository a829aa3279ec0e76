import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { startConnectProxy } from './support/connect-proxy.ts';
import { json, sse } from './support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from './support/fake-upstream.ts';
import { chunks, completion } from './support/gateway.ts';
import { chatScript } from './support/model-list.ts';
import { post, startProcess, type GatewayProcess } from './support/process.ts';
import { testAuthority } from './support/self-signed.ts';
import { describeWithTinyproxy, startTinyproxy, type Tinyproxy } from './support/tinyproxy.ts';

const SECRETS = /hunter2|sk-fake|bWU6/;
const authority = testAuthority();

/** A cloud provider with a certificate of a private CA, and a tinyproxy that knows where its name leads. */
interface Network {
  readonly server: FakeUpstream;
  readonly proxy: Tinyproxy;
  /** Path of the CA's certificate. */
  readonly ca: string;
}

async function network(...lines: readonly string[]): Promise<Network> {
  const server = await startFakeUpstream(
    chatScript((request) => {
      const { stream } = request.json() as { stream?: boolean };
      return stream === true
        ? sse(chunks('through', ' the tunnel'))
        : json(200, completion('through the tunnel'));
    }),
    { tls: authority.issue('api.cloud.example') },
  );
  onTestFinished(() => server.close());
  // In place of DNS: whatever tinyproxy is asked for below cloud.example is this server.
  const names = await startConnectProxy({ port: server.port });
  const proxy = await startTinyproxy(`Upstream http 127.0.0.1:${names.port} ".cloud.example"`, ...lines);
  const ca = join(folder(), 'ca.pem');
  writeFileSync(ca, authority.cert);
  return { server, proxy, ca };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'laneway-proxy-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const CLOUD = {
  default_lane: 'main',
  providers: {
    cloud: {
      type: 'openai_compatible',
      base_url: 'https://api.cloud.example/v1',
      api_key: 'env:CLOUD_KEY',
    },
  },
  lanes: { main: { preferred: ['cloud/m'] } },
};

async function gateway(env: Readonly<Record<string, string>>, dotEnv = ''): Promise<GatewayProcess> {
  const home = folder();
  writeFileSync(join(home, '.env'), dotEnv);
  const files = { 'models.json': CLOUD };
  const laneway = await startProcess({ folder: home, files, env: { CLOUD_KEY: 'sk-fake-cloud-1', ...env } });
  onTestFinished(() => laneway.stop());
  return laneway;
}

function ask(laneway: GatewayProcess, stream = false): Promise<Response> {
  const messages = [{ role: 'user', content: 'Hello?' }];
  return post(`${laneway.url}/v1/chat/completions`, { model: 'main', stream, messages });
}

async function errorOf(laneway: GatewayProcess): Promise<{ status: number; message: string }> {
  const reply = await ask(laneway);
  const { error } = (await reply.json()) as { error: { message: string } };
  return { status: reply.status, message: error.message };
}

/** What the gateway has written and shows. */
async function everything(laneway: GatewayProcess): Promise<string> {
  const pages = ['/api/debug/requests', '/api/debug/health', '/api/debug/config', '/metrics'].map(
    async (path) => (await fetch(laneway.url + path)).text(),
  );
  return [laneway.stdout(), laneway.stderr(), ...(await Promise.all(pages))].join('\n');
}

describeWithTinyproxy('with a real proxy and a private CA', () => {
  test('model lists, replies and streams of a cloud provider come through the proxy', async () => {
    const { server, proxy, ca } = await network('BasicAuth me hunter2');
    const laneway = await gateway({
      HTTPS_PROXY: `http://me:hunter2@${proxy.host}`,
      NODE_EXTRA_CA_CERTS: ca,
    });
    expect(laneway.stdout()).toMatch(/\+ \S+ +https:\/\/api\.cloud\.example\/v1 +m/);
    expect(laneway.stderr()).toContain(`through the proxy ${proxy.host} (HTTPS_PROXY)`);
    const reply = await ask(laneway);
    expect(reply.status).toBe(200);
    expect(await reply.text()).toContain('through the tunnel');
    expect(await (await ask(laneway, true)).text()).toContain('[DONE]');
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST']);
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual(
      Array(3).fill('Bearer sk-fake-cloud-1'),
    );
    expect(proxy.log()).toContain('CONNECT api.cloud.example:443');
    expect(proxy.log()).not.toMatch(/chat\/completions|sk-fake/);
    expect(await everything(laneway)).not.toMatch(SECRETS);
  });

  test('both variables work in .env', async () => {
    const { proxy, ca } = await network();
    const laneway = await gateway({}, `https_proxy=${proxy.host}\nNODE_EXTRA_CA_CERTS=${ca}\n`);
    expect((await ask(laneway)).status).toBe(200);
  });

  test('without the CA the error says what to set', async () => {
    const { server, proxy } = await network();
    const laneway = await gateway({ HTTPS_PROXY: `http://${proxy.host}` });
    expect(laneway.stdout()).toContain('NODE_EXTRA_CA_CERTS');
    const { status, message } = await errorOf(laneway);
    expect(status).toBe(502);
    expect(message).toMatch(/cloud\/m has a certificate of an unknown CA .*NODE_EXTRA_CA_CERTS/);
    expect(server.requests).toHaveLength(0);
  });

  test('a CA file that is missing or empty is named', async () => {
    const empty = join(folder(), 'empty.pem');
    writeFileSync(empty, '');
    const one = await gateway({}, `NODE_EXTRA_CA_CERTS=${empty}\n`);
    expect(one.stderr()).toMatch(/NODE_EXTRA_CA_CERTS: \S+empty\.pem contains no certificate in PEM/);
    const other = await gateway({}, 'NODE_EXTRA_CA_CERTS=/no/such.pem\n');
    expect(other.stderr()).toMatch(/NODE_EXTRA_CA_CERTS: .*\/no\/such\.pem cannot be used \(ENOENT\)/);
  });

  test('a proxy that wants credentials, or rejects them, is named without them', async () => {
    const { proxy, ca } = await network('BasicAuth me hunter2');
    const none = await gateway({ HTTPS_PROXY: `http://${proxy.host}`, NODE_EXTRA_CA_CERTS: ca });
    expect((await errorOf(none)).message).toMatch(/proxy \S+ requires a user and password \(407\)/);
    const wrong = await gateway({ HTTPS_PROXY: `http://me:hunter2x@${proxy.host}`, NODE_EXTRA_CA_CERTS: ca });
    expect((await errorOf(wrong)).message).toMatch(
      /rejected the user and password in HTTPS_PROXY \(40[17]\)/,
    );
    expect(await everything(wrong)).not.toMatch(SECRETS);
  });

  test('a proxy that forbids the connection is named', async () => {
    const { proxy, ca } = await network('ConnectPort 8443');
    const laneway = await gateway({ HTTPS_PROXY: `http://${proxy.host}`, NODE_EXTRA_CA_CERTS: ca });
    const { status, message } = await errorOf(laneway);
    expect(status).toBe(502);
    expect(message).toMatch(/proxy \S+ does not permit it \(403\); .*NO_PROXY/);
  });

  test('a host in NO_PROXY is called directly, and a reload applies a change of the variables', async () => {
    const { server, proxy, ca } = await network();
    const laneway = await gateway(
      { NODE_EXTRA_CA_CERTS: ca },
      `HTTPS_PROXY=http://${proxy.host}\nNO_PROXY=.cloud.example\n`,
    );
    expect((await errorOf(laneway)).message).toMatch(/not found in DNS/);
    expect(proxy.log()).not.toContain('CONNECT api.cloud.example');
    writeFileSync(join(laneway.folder, '.env'), `HTTPS_PROXY=http://${proxy.host}\n`);
    expect((await fetch(`${laneway.url}/api/debug/config/reload`, { method: 'POST' })).status).toBe(200);
    await expect.poll(async () => (await ask(laneway)).status, { timeout: 5_000 }).toBe(200);
    expect(server.requests.length).toBeGreaterThan(0);
  });
});

test('a socks proxy is named at start, and cloud providers are not called past it', async () => {
  const laneway = await gateway({
    HTTPS_PROXY: 'socks5://me:hunter2@127.0.0.1:1',
    ALL_PROXY: 'socks5://x:1',
  });
  expect(laneway.stderr()).toMatch(/HTTPS_PROXY is a socks5 proxy, which is not supported/);
  expect((await errorOf(laneway)).message).toMatch(/not called: HTTPS_PROXY cannot be used/);
  expect(await everything(laneway)).not.toMatch(SECRETS);
});
