import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { completion } from './support/gateway.ts';
import { startProcess, type GatewayProcess } from './support/process.ts';

/** Only Linux has all of 127.0.0.0/8 on its loopback interface. */
const skipped = process.platform === 'linux' ? null : '127.0.0.2 needs Linux';
/** The address that another container would connect to, and the host name that it would use. */
const OTHER_ADDRESS = '127.0.0.2';
const SERVICE = 'laneway:4600';

/** An engine with a DNS name: that of this machine if it resolves, or else `localhost`. */
interface NamedEngine {
  readonly name: string;
  readonly url: string;
  /** Host headers of the chat requests received. */
  readonly hosts: readonly string[];
  close(): void;
}

async function startNamedEngine(): Promise<NamedEngine> {
  const hosts: string[] = [];
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') {
      response.end('{"object":"list","data":[{"id":"m","object":"model","created":0,"owned_by":"fake"}]}');
      return;
    }
    hosts.push(request.headers.host ?? '');
    request.resume().on('end', () => response.end(JSON.stringify(completion('by name'))));
  });
  for (const name of [hostname(), 'localhost']) {
    if (!(await listens(server, name))) continue;
    const { port } = server.address() as AddressInfo;
    const close = (): void => {
      server.closeAllConnections();
      server.close();
    };
    return { name, url: `http://${name.toLowerCase()}:${port}/v1`, hosts, close };
  }
  throw new Error('not even localhost is an address here');
}

async function listens(server: Server, name: string): Promise<boolean> {
  try {
    const { address } = await lookup(name);
    await once(server.listen(0, address), 'listening');
    return true;
  } catch {
    return false;
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Sends a request to the other address; `host` is sent unchanged. */
async function ask(
  laneway: GatewayProcess,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): Promise<Answer> {
  const sent = httpRequest({
    ...{ host: OTHER_ADDRESS, port: new URL(laneway.url).port, path, agent: false },
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

const CHAT = '/v1/chat/completions';
const hello = { messages: [{ role: 'user', content: 'Hello?' }] };

/** The error code of a reply. */
const codeOf = ({ text }: Answer): string => (JSON.parse(text) as { error: { code: string } }).error.code;

const tokenIn = (folder: string): string => readFileSync(join(folder, 'data', 'admin.token'), 'utf8').trim();

describe.skipIf(skipped !== null)(`a gateway on 0.0.0.0${skipped === null ? '' : ` (${skipped})`}`, () => {
  let engine: NamedEngine;
  const folders: string[] = [];

  beforeAll(async () => {
    engine = await startNamedEngine();
  });
  afterAll(() => {
    engine.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  /** As in a container: the file configures the engine, the environment sets its address. */
  function start(env: Readonly<Record<string, string>>, folder = newFolder()): Promise<GatewayProcess> {
    return startProcess({
      folder,
      files: {
        'models.json': {
          default_lane: 'main',
          providers: {
            engine: { type: 'openai_compatible', base_url: 'http://127.0.0.1:1/v1', local: true },
          },
          lanes: { main: { preferred: ['engine/m'] } },
        },
      },
      env: { LANEWAY_HOST: '0.0.0.0', LANEWAY_PROVIDER_ENGINE_URL: engine.url, ...env },
    });
  }

  function newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'laneway-bind-'));
    folders.push(folder);
    return folder;
  }

  describe('with the token created at its first start', () => {
    let laneway: GatewayProcess;
    let token: string;

    beforeAll(async () => {
      laneway = await start({});
      token = tokenIn(laneway.folder);
    });
    afterAll(() => laneway.stop());

    test('only its owner can read the token', () => {
      expect(token.length).toBeGreaterThanOrEqual(32);
      expect(statSync(join(laneway.folder, 'data', 'admin.token')).mode & 0o777).toBe(0o600);
      expect(statSync(join(laneway.folder, 'data')).mode & 0o777).toBe(0o700);
    });

    test.each([
      ['authorization', 'Bearer '],
      ['x-api-key', ''],
    ])('a client with the token as %s is served under any host name', async (header, scheme) => {
      const credential = { [header]: `${scheme}${token}` };
      for (const host of [SERVICE, OTHER_ADDRESS]) {
        const { status, headers, text } = await ask(laneway, CHAT, { ...credential, host }, hello);
        expect({ status, target: headers['x-laneway-target'] }).toEqual({ status: 200, target: 'engine/m' });
        expect(text).toBe(JSON.stringify(completion('by name')));
        expect((await ask(laneway, '/api/debug/models', { ...credential, host })).status).toBe(200);
      }
    });

    test('the engine is reached by its DNS name', async () => {
      const before = engine.hosts.length;
      const { status } = await ask(laneway, CHAT, { authorization: `Bearer ${token}` }, hello);
      expect(status).toBe(200);
      expect(engine.hosts.slice(before)).toEqual([new URL(engine.url).host]);
      expect(laneway.stdout()).toContain(engine.url);
    });

    test.each([CHAT, '/v1/models', '/api/models', '/api/debug/requests', '/metrics', '/docs', '/nothing'])(
      '%s without a token and with a wrong one gives the same error',
      async (path) => {
        const body = path === CHAT ? hello : undefined;
        const answers = [];
        for (const headers of [
          {},
          { authorization: 'Bearer sk-fake-wrong' },
          { 'x-api-key': `${token.slice(0, -1)}!` },
          { authorization: `Basic ${token}` },
        ]) {
          answers.push(await ask(laneway, path, headers, body));
        }
        for (const answer of answers) {
          expect(answer.status).toBe(401);
          expect(answer.text).toBe(answers[0]?.text);
          expect(codeOf(answer)).toBe('invalid_api_key');
        }
      },
    );

    test('/health is open to everyone', async () => {
      for (const host of [SERVICE, 'evil.example', OTHER_ADDRESS]) {
        const { status, text } = await ask(laneway, '/health', { host });
        expect(status).toBe(200);
        expect(JSON.parse(text)).toMatchObject({ status: 'ok' });
      }
    });

    test.each([CHAT, '/v1/models', '/api/models', '/ready'])(
      '%s under a foreign host name without a token is 403, so that a web page learns nothing',
      async (path) => {
        const answer = await ask(laneway, path, { host: 'evil.example' }, path === CHAT ? hello : undefined);
        expect(answer.status).toBe(403);
        expect(codeOf(answer)).toBe('host_not_allowed');
      },
    );

    test('the token is never printed, only its location', () => {
      const said = laneway.stdout() + laneway.stderr();
      expect(said).not.toContain(token);
      expect(said).toContain('admin.token');
    });
  });

  test('the next start keeps the token, and clients keep their access', async () => {
    const folder = newFolder();
    const first = await start({}, folder);
    const token = tokenIn(folder);
    await first.stop();
    const second = await start({}, folder);
    expect(tokenIn(folder)).toBe(token);
    expect((await ask(second, '/v1/models', { 'x-api-key': token, host: SERVICE })).status).toBe(200);
    await second.stop();
  });

  test('LANEWAY_CLIENT_KEYS=off opens the data plane to allowed hosts, but not Laneway’s own API', async () => {
    const laneway = await start({ LANEWAY_CLIENT_KEYS: 'off', LANEWAY_ALLOWED_HOSTS: 'laneway' });
    for (const host of [SERVICE, OTHER_ADDRESS]) {
      expect((await ask(laneway, CHAT, { host }, hello)).status).toBe(200);
      // Clients send dummy keys where none is needed.
      expect((await ask(laneway, '/v1/models', { host, authorization: 'Bearer unused' })).status).toBe(200);
      for (const path of ['/api/models', '/api/debug/models', '/metrics']) {
        expect((await ask(laneway, path, { host })).status).toBe(401);
      }
    }
    expect((await ask(laneway, CHAT, { host: 'evil.example' }, hello)).status).toBe(403);
    const token = tokenIn(laneway.folder);
    expect((await ask(laneway, '/api/models', { host: SERVICE, 'x-api-key': token })).status).toBe(200);
    await laneway.stop();
  });

  test('LANEWAY_ADMIN_TOKEN replaces the file and is never printed', async () => {
    const token = 'sk-fake-token-of-the-operator';
    const laneway = await start({ LANEWAY_ADMIN_TOKEN: token });
    const answer = await ask(laneway, CHAT, { host: SERVICE, authorization: `Bearer ${token}` }, hello);
    expect(answer.status).toBe(200);
    expect((await ask(laneway, '/api/models')).status).toBe(401);
    expect(() => tokenIn(laneway.folder)).toThrow(/ENOENT/);
    expect(laneway.stdout() + laneway.stderr()).not.toContain(token);
    await laneway.stop();
  });
});
