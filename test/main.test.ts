import { createServer, type AddressInfo } from 'node:net';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { hang, json, sse } from './support/fake-replies.ts';
import { startFakeUpstream, type Reply } from './support/fake-upstream.ts';
import { chunks, completion, laneOver } from './support/gateway.ts';
import { chatScript } from './support/model-list.ts';
import { post, runToEnd, startProcess, type GatewayProcess, type ProcessOptions } from './support/process.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function start(options: ProcessOptions): Promise<GatewayProcess> {
  const laneway = await startProcess(options);
  running.push(laneway);
  return laneway;
}

async function upstream(answer: Reply): Promise<string> {
  const server = await startFakeUpstream(chatScript(() => answer));
  running.push({ stop: () => server.close() });
  return server.url;
}

const hello = { messages: [{ role: 'user', content: 'Hello?' }] };

/** Nothing listens there. */
const nothing = {
  'user_models.json': {
    providers: {
      vllm: { base_url: 'http://127.0.0.1:59997/v1' },
      llamacpp: { base_url: 'http://127.0.0.1:59997' },
      ollama: { base_url: 'http://127.0.0.1:59997' },
    },
  },
};

test('with no key and no engine it starts, reports that no provider is reachable, and suggests the next step', async () => {
  const laneway = await start({ files: nothing });
  const table = laneway.stdout();
  expect(table).toContain('refused the connection');
  expect(table).toContain('no key: set OPENAI_API_KEY');
  expect(table).toContain('No provider is reachable yet');
  expect(table).toContain('npm run demo');
  expect((await fetch(`${laneway.url}/health`)).status).toBe(200);
  expect((await fetch(`${laneway.url}/ready`)).status).toBe(503);
  const answer = await post(`${laneway.url}/v1/chat/completions`, { model: 'evaluate', ...hello });
  expect(answer.status).toBe(502);
  const { error } = (await answer.json()) as { error: { message: string } };
  expect(error.message).toContain('set ANTHROPIC_API_KEY');
});

test('an engine that starts later is used without a restart', async () => {
  const port = await freePort();
  const providers = { late: { type: 'openai_compatible', base_url: `http://127.0.0.1:${port}/v1` } };
  const config = { default_lane: 'main', providers, lanes: { main: { preferred: ['late/m'] } } };
  const laneway = await start({ files: { 'models.json': config } });
  expect((await fetch(`${laneway.url}/ready`)).status).toBe(503);
  const server = createServer((socket) => {
    socket.once('data', () => {
      const body = JSON.stringify({
        object: 'list',
        data: [{ id: 'm', object: 'model', created: 0, owned_by: 'x' }],
      });
      socket.end(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  running.push({ stop: () => new Promise((resolve) => void server.close(() => resolve())) });
  let status = 0;
  for (let tries = 0; status !== 200 && tries < 80; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    status = (await fetch(`${laneway.url}/ready`)).status;
  }
  expect(status).toBe(200);
});

test('the curl line of the start table works as printed', async () => {
  const url = await upstream(json(200, completion('hello from upstream')));
  const laneway = await start({ files: { 'models.json': laneOver([url]) } });
  const curl = /curl (\S+) -H '([^:]+): ([^']+)' \\\n\s+-d '(.+)'/.exec(laneway.stdout());
  const [, target = '', name = '', value = '', body = ''] = curl ?? [];
  const answer = await fetch(target, { method: 'POST', headers: { [name]: value }, body });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('hello from upstream');
});

test('npm run demo answers the first request without a key, switches, and falls back from the flaky model', async () => {
  const laneway = await start({ args: ['--demo'] });
  const first = await post(`${laneway.url}/v1/chat/completions`, { model: 'auto', ...hello });
  expect(first.status).toBe(200);
  expect(await first.text()).toContain('practice model');
  const fallen = await post(`${laneway.url}/v1/chat/completions`, { model: 'update_profile', ...hello });
  expect(fallen.headers.get('x-laneway-attempts')).toBe('2');
});

test('the demo says that the directories of the variables are not its own', async () => {
  const laneway = await start({ args: ['--demo'], env: { LANEWAY_DATA_DIR: 'elsewhere' } });
  expect(laneway.stdout() + laneway.stderr()).toMatch(/LANEWAY_DATA_DIR ignored: the demo uses .*data.demo/);
});

test('faults of the configuration are exit 2 with one line each', async () => {
  const files = { 'models.json': { lanes: { main: { prefered: [] } }, nodes: { x: {} } } };
  const { code, stderr } = await runToEnd({ files });
  expect(code).toBe(2);
  expect(stderr).toContain('config/models.json: lanes.main.prefered: unknown key; did you mean "preferred"?');
  expect(stderr).not.toContain('    at ');
});

test('a fault of the environment is exit 2', async () => {
  const { code, stderr } = await runToEnd({ env: { LANEWAY_PORT: 'http' } });
  expect(code).toBe(2);
  expect(stderr).toContain('LANEWAY_PORT');
  expect((await runToEnd({ env: { LANEWAY_CLIENT_KEYS: 'maybe' } })).code).toBe(2);
});

test('--help prints the usage and exits with 0; an unknown argument is exit 2 in one line', async () => {
  const help = await runToEnd({ args: ['--help'] });
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toContain('LANEWAY_HOST');
  expect(help.stdout).toContain('npm run demo');
  const demo = await runToEnd({ args: ['--demo', '--help'] });
  expect(demo.stdout).toMatch(/config.demo.models\.json.* providers[^]*config.demo, data.demo\)/);
  const wrong = await runToEnd({ args: ['--port', '80'] });
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr.trim().split('\n')).toHaveLength(1);
  expect(wrong.stderr).toContain('--port');
});

test('beyond loopback the first start creates a token, prints where it is but not the token, and requires it', async () => {
  const url = await upstream(json(200, completion('hello from upstream')));
  const options = { files: { 'models.json': laneOver([url]) }, env: { LANEWAY_HOST: '0.0.0.0' } };
  const laneway = await start(options);
  const path = join(laneway.folder, 'data', 'admin.token');
  const token = readFileSync(path, 'utf8').trim();
  expect(laneway.stdout()).toContain('Admin token:    data/admin.token');
  expect(laneway.stdout()).toMatch(/is listening on http:\/\/127\.0\.0\.1:\d+ \(all networks\)\n/);
  expect(laneway.stdout() + laneway.stderr()).not.toContain(token);
  const base = laneway.url.replace('0.0.0.0', '127.0.0.1');
  const ask = (headers: Record<string, string>): Promise<Response> =>
    post(`${base}/v1/chat/completions`, { model: 'auto', ...hello }, headers);
  expect((await ask({})).status).toBe(401);
  expect((await ask({ authorization: `Bearer ${token}` })).status).toBe(200);
  expect((await fetch(`${base}/api/debug/models`, { headers: { 'x-api-key': token } })).status).toBe(200);
  laneway.child.kill('SIGTERM');
  await laneway.exit;
  await start({ folder: laneway.folder, env: options.env });
  expect(readFileSync(path, 'utf8').trim()).toBe(token);
});

test('a token that is set is required on loopback, too, and takes precedence over the file', async () => {
  const token = 'fake-token-0123456789';
  const laneway = await start({ files: nothing, env: { LANEWAY_ADMIN_TOKEN: token } });
  expect(laneway.stdout()).toContain('Admin token:    LANEWAY_ADMIN_TOKEN');
  expect(laneway.stdout() + laneway.stderr()).not.toContain(token);
  expect((await fetch(`${laneway.url}/api/debug/models`)).status).toBe(401);
  const headers = { authorization: `Bearer ${token}` };
  expect((await fetch(`${laneway.url}/api/debug/models`, { headers })).status).toBe(200);
  expect(existsSync(join(laneway.folder, 'data', 'admin.token'))).toBe(false);
});

test('a damaged state file is exit 3, one line, and the file is unchanged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-damaged-'));
  running.push({
    stop: () => {
      rmSync(folder, { recursive: true });
      return Promise.resolve();
    },
  });
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'laneway.db'), 'this is not a database');
  const { code, stderr } = await runToEnd({ folder, files: nothing });
  expect(code).toBe(3);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(
    /no copy of it: .*move it away \(mkdir data\/refused && mv data\/laneway\.db\* data\/refused\/\)/,
  );
});

test('a second gateway on the same state is exit 4, one on a taken port exit 5', async () => {
  const laneway = await start({ files: nothing });
  const second = await runToEnd({ folder: laneway.folder });
  expect(second.code).toBe(4);
  const third = await runToEnd({ files: nothing, env: { LANEWAY_PORT: new URL(laneway.url).port } });
  expect(third.code).toBe(5);
  expect(third.stderr).toMatch(
    /another Laneway \(version \S+\) is running there; stop it first, or set LANEWAY_PORT/,
  );
  expect(third.stderr.trim().split('\n')).toHaveLength(1);
});

test.each([
  ['an unknown name', 'no-such-host.invalid', 2, /LANEWAY_HOST: no-such-host\.invalid: .*127\.0\.0\.1/],
  ['an address of another machine', '192.0.2.1', 2, /LANEWAY_HOST: 192\.0\.2\.1: .*127\.0\.0\.1/],
])('a host to listen on that is %s is refused in one line with advice', async (_, host, exitCode, line) => {
  const { code, stderr } = await runToEnd({ files: nothing, env: { LANEWAY_HOST: host } });
  expect(code).toBe(exitCode);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(line);
});

test('model names from a server cannot control the terminal', async () => {
  const list = {
    object: 'list',
    data: [{ id: 'one\nline\u001b[2J\u202e', object: 'model', created: 0, owned_by: 'x' }],
  };
  const server = await startFakeUpstream(() => json(200, list));
  running.push({ stop: () => server.close() });
  const laneway = await start({ files: { 'models.json': laneOver([server.url]) } });
  expect(laneway.stdout()).toContain('one\ufffdline\ufffd[2J\ufffd');
  expect(laneway.stdout()).not.toMatch(/[\u001b\u202e]/);
});

test('a .env that is not a regular file is exit 2 in one line, and does not block the start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-env-'));
  running.push({ stop: () => Promise.resolve(rmSync(folder, { recursive: true })) });
  symlinkSync('/dev/zero', join(folder, '.env'));
  const { code, stderr } = await runToEnd({ folder, files: nothing });
  expect({ code, stderr }).toEqual({ code: 2, stderr: '.env: cannot be read (not a regular file)\n' });
});

test('SIGTERM lets a running stream finish, rejects new requests, and exits 0', async () => {
  const url = await upstream(
    sse([...chunks('one', 'two', 'three', 'four', 'five'), '[DONE]'], { delayMs: 150 }),
  );
  const laneway = await start({ files: { 'models.json': laneOver([url]) } });
  const stream = await post(`${laneway.url}/v1/chat/completions`, { model: 'main', stream: true, ...hello });
  laneway.child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const refused = await post(`${laneway.url}/v1/chat/completions`, { model: 'main', ...hello });
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({
    error: { code: 'draining', message: expect.stringContaining('retry in 5 s') as string },
  });
  expect((await fetch(`${laneway.url}/ready`)).status).toBe(503);
  const body = await stream.text();
  expect(body).toContain('five');
  expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
  expect(await laneway.exit).toEqual({ code: 0, signal: null });
  expect(laneway.stderr()).not.toContain('"level":50');
  expect(laneway.stderr()).toMatch(/"finished":1,"aborted":0,.*"stopped"/);
});

test('a second SIGTERM ends a stream that hangs within a second, with an error event, and exits 0', async () => {
  const url = await upstream([...sse(chunks('one').slice(0, 2), { end: false }), hang()]);
  const laneway = await start({ files: { 'models.json': laneOver([url]) } });
  const stream = await post(`${laneway.url}/v1/chat/completions`, { model: 'main', stream: true, ...hello });
  laneway.child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 700));
  laneway.child.kill('SIGTERM');
  const since = performance.now();
  const body = await stream.text();
  expect(body).toContain('"code":"draining"');
  expect(body).not.toContain('[DONE]');
  expect((await laneway.exit).code).toBe(0);
  expect(performance.now() - since).toBeLessThan(1_000);
});

test('a request that runs when the process is killed is "interrupted" afterwards', async () => {
  const url = await upstream([hang()]);
  const laneway = await start({ files: { 'models.json': laneOver([url]) } });
  const asked = post(`${laneway.url}/v1/chat/completions`, { model: 'main', ...hello }).catch(() => null);
  await new Promise((resolve) => setTimeout(resolve, 600));
  laneway.child.kill('SIGKILL');
  await laneway.exit;
  await asked;
  const again = await start({ folder: laneway.folder });
  const { requests } = (await (await fetch(`${again.url}/api/debug/requests`)).json()) as {
    requests: { state: string }[];
  };
  expect(requests.map(({ state }) => state)).toEqual(['interrupted']);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
