import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { UnwritableStore } from '../../src/store/files/unwritable.ts';
import { json } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';

const TOKEN = 'lw-fake-admin-token-canary-0123456789';

let upstream: FakeUpstream;
/** One on loopback without a token, and one on all addresses. */
let local: TestGateway;
let shared: TestGateway;
beforeAll(async () => {
  upstream = await startFakeUpstream(chatScript(() => json(200, completion('hello'))));
  local = await startGateway({ config: laneOver([upstream.url]) });
  shared = await startGateway({
    config: laneOver([upstream.url]),
    access: { listenHost: '0.0.0.0', adminToken: TOKEN, dataPlane: 'closed' },
  });
});
afterAll(async () => {
  await local.stop();
  await shared.stop();
  await upstream.close();
});

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly securitySchemes: object; readonly schemas: Record<string, unknown> };
}

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, { readonly description?: string; readonly $ref?: string }>;
}

const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

/** All routes that Fastify has registered, without the catch-alls. */
function registered(laneway: TestGateway): [string, string][] {
  const found: [string, string][] = [];
  const stack: string[] = [];
  for (const line of laneway.app.server
    .printRoutes({ commonPrefix: false, method: undefined as never })
    .split('\n')) {
    const match = /^(.*?)[├└]── (\S*)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (match === null) continue;
    const depth = match[1]!.length / 4;
    stack.length = depth;
    // The printer omits the slash before a wildcard.
    stack.push(match[2]!.replace(/^\*/, '/*'));
    for (const method of match[3]?.split(', ') ?? []) found.push([method, stack.join('')]);
  }
  return found.filter(([method]) => method !== 'HEAD' && method !== 'OPTIONS');
}

const PUBLIC = [
  'DELETE /api/session 204',
  'GET / 200',
  'GET /connect 200',
  'GET /health 200',
  'GET /ready 200',
  'POST /api/session 400',
];

/** The calls that answer something else than 401 to a caller without a key. */
async function answeredWithoutKey(laneway: TestGateway): Promise<string[]> {
  const routes = registered(laneway);
  expect(routes.length).toBeGreaterThan(15);
  const open = new Set<string>();
  for (const [method, pattern] of [...routes, ['GET', '/'] as const, ['GET', '/nope'] as const]) {
    const answer = await fetch(laneway.url + pattern.replaceAll(/:\w+|\*/g, 'x'), { method });
    if (answer.status !== 401) open.add(`${method} ${pattern} ${answer.status}`);
    await answer.body?.cancel();
  }
  return [...open].sort();
}

describe('access', () => {
  test('without a key only /, /connect, /health, /ready and the session calls answer on a public bind', async () => {
    expect(await answeredWithoutKey(shared)).toEqual(PUBLIC);
  });

  test('a token that is set is required on loopback too, by every other call', async () => {
    const laneway = await startGateway({
      config: laneOver([upstream.url]),
      access: { listenHost: '127.0.0.1', adminToken: TOKEN, dataPlane: 'closed' },
    });
    expect(await answeredWithoutKey(laneway)).toEqual(PUBLIC);
    await laneway.stop();
  });

  test('a malformed path reveals nothing to an unauthorised caller', async () => {
    for (const path of ['/%zz', '/api/%E0%A4%A']) {
      expect([path, (await fetch(shared.url + path)).status]).toEqual([path, 401]);
      expect([path, (await fetch(shared.url + path, { headers: AUTHORIZED })).status]).toEqual([path, 404]);
      expect([path, (await fetch(local.url + path)).status]).toEqual([path, 404]);
    }
  });

  test('the token gives access to the data plane and all routes, in either header', async () => {
    for (const headers of [AUTHORIZED, { 'x-api-key': TOKEN }]) {
      const chat = await shared.chat({ model: 'main' }, headers);
      expect([chat.status, chat.headers.get('x-laneway-target')]).toEqual([200, 'a/m']);
      await chat.body?.cancel();
      for (const path of ['/v1/models', '/api/debug/models', '/metrics', '/docs', '/docs/json']) {
        const answer = await fetch(shared.url + path, { headers });
        expect([path, answer.status]).toEqual([path, 200]);
        await answer.body?.cancel();
      }
    }
  });

  test('wire case 202: a client’s key is not forwarded', async () => {
    await (await shared.chat({ model: 'main' }, AUTHORIZED)).text();
    await (await shared.chat({ model: 'main' }, { 'x-api-key': TOKEN })).text();
    expect(upstream.requests.length).toBeGreaterThan(1);
    expect(JSON.stringify(upstream.requests.map(({ headers }) => headers))).not.toContain(TOKEN);
  });

  test('the token, or one close to it, is in no reply, trace, metric or log line', async () => {
    const nearly = `${TOKEN}x`;
    const texts: string[] = [];
    const paths = [
      '/ready',
      '/v1/models',
      '/api/debug/config',
      '/api/debug/requests',
      '/metrics',
      '/docs/json',
      '/nope',
      '/%zz',
    ];
    for (const token of [TOKEN, nearly]) {
      const headers = { authorization: `Bearer ${token}`, 'x-api-key': token };
      for (const path of paths) texts.push(await visibleText(await fetch(shared.url + path, { headers })));
      texts.push(await visibleText(await shared.chat({ model: 'nope' }, headers)));
      texts.push(await visibleText(await shared.chat({ model: 'main' }, headers)));
    }
    texts.push(await visibleText(await fetch(`${shared.url}/api/debug/requests`, { headers: AUTHORIZED })));
    expect(texts.join('\n')).not.toContain(TOKEN.slice(3));
    expect(JSON.stringify(shared.log)).not.toContain(TOKEN.slice(3));
  });
});

/** Everything that a caller sees of a reply. */
async function visibleText(answer: Response): Promise<string> {
  return `${JSON.stringify([...answer.headers])}\n${await answer.text()}`;
}

describe('/ready', () => {
  test('reports readiness, and no state while that can be written', async () => {
    expect(await local.get('/ready')).toEqual({
      ready: true,
      generation: local.app.registry.snapshot.generation,
    });
  });

  test('reports that it serves without state, and is ready', async () => {
    const store = new UnwritableStore('the disk is full', null);
    const stateless = await startGateway({ config: laneOver([upstream.url]), store });
    try {
      const answer = await fetch(`${stateless.url}/ready`);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ ready: true, state: 'serving without state' });
      expect(await (await fetch(`${stateless.url}/metrics`)).text()).toMatch(/^laneway_state_available 0$/m);
    } finally {
      await stateless.stop();
    }
  });
});

describe('/metrics', () => {
  test('counts requests, in the text format', async () => {
    await (await local.chat({ model: 'lane:main' })).text();
    await local.app.recorder.idle();
    const answer = await fetch(`${local.url}/metrics`);
    const text = await answer.text();
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toMatch(
      /^laneway_requests_total\{endpoint="\/v1\/chat\/completions",state="settled",status_class="2xx"\} [1-9]/m,
    );
    expect(text).toMatch(/^laneway_attempts_total\{provider="a",class="ok"\} [1-9]/m);
    expect(text).toMatch(/^laneway_tokens_total\{provider="a",direction="input"\} [7-9]/m);
    expect(text).toMatch(/^laneway_provider_up\{provider="a"\} 1$/m);
  });
});

describe('/docs', () => {
  const document = async (laneway: TestGateway, headers = {}): Promise<Document> =>
    (await (await fetch(`${laneway.url}/docs/json`, { headers })).json()) as Document;

  test('the document is valid OpenAPI 3.1', async () => {
    const found = await document(local);
    expect(found.openapi).toBe('3.1.0');
    expect(found.info).toMatchObject({ title: 'Laneway', version: '0.0.0-test' });
    for (const [path, item] of Object.entries(found.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(path).toMatch(/^\/[^:*]*$/);
      for (const [method, operation] of Object.entries(item)) {
        const where = `${method} ${path}`;
        expect(METHODS, where).toContain(method);
        expect([where, typeof operation.summary, operation.tags?.length]).toEqual([where, 'string', 1]);
        const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
        expect([where, inPath.map(({ name }) => name)]).toEqual([where, named]);
        expect(Object.keys(operation.responses), where).toContain('default');
        for (const response of Object.values(operation.responses)) {
          expect([where, (response.description ?? response.$ref)?.length]).not.toEqual([where, undefined]);
        }
      }
    }
    for (const [, name] of JSON.stringify(found).matchAll(/"\$ref":"([^"]*)"/g)) {
      const [, section, part, key] = /^#\/(components)\/(\w+)\/(\w+)$/.exec(name!) ?? [];
      expect(
        (found as never as Record<string, Record<string, Record<string, unknown>>>)[section!]![part!]![key!],
      ).toBeDefined();
    }
  });

  test('describes errors in the format of each API', async () => {
    const { paths, components } = (await document(local)) as never as {
      paths: Record<string, Record<string, { responses: { default: { $ref: string } } }>>;
      components: { schemas: Record<string, { required: string[] }> };
    };
    const errorOf = (path: string): string =>
      paths[path]!['post']!.responses.default.$ref.replace('#/components/responses/', '');
    expect(errorOf('/v1/messages')).toBe('AnthropicError');
    expect(errorOf('/v1/messages/count_tokens')).toBe('AnthropicError');
    expect(errorOf('/v1/chat/completions')).toBe('Error');
    expect(errorOf('/api/models/switch')).toBe('Error');
    expect(components.schemas['AnthropicError']!.required).toEqual(['type', 'error', 'request_id']);
  });

  test('lists every registered route', async () => {
    const { paths } = await document(local);
    const listed = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = registered(local)
      .filter(([, url]) => url !== '/docs/*')
      // Its other methods only answer 405.
      .filter(([method, url]) => url !== '/api/debug/models/reset' || method === 'POST')
      .map(([method, url]) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{id}')}`);
    expect(routes.length).toBeGreaterThan(15);
    expect(listed.sort()).toEqual([...new Set(routes)].sort());
  });

  test('states whether a key is required, and every error code', async () => {
    const open = (await document(local)).paths;
    expect(open['/api/debug/models']!['get']!.security).toContainEqual({});
    const closed = await document(shared, AUTHORIZED);
    expect(closed.paths['/api/debug/models']!['get']!.security).toEqual([{ bearer: [] }, { key: [] }]);
    expect(closed.paths['/v1/chat/completions']!['post']!.security).toEqual([{ bearer: [] }, { key: [] }]);
    expect(closed.paths['/health']!['get']!.security).toEqual([]);
    for (const code of ['invalid_api_key', 'no_target', 'generation_mismatch']) {
      expect(closed.info.description).toContain(code);
    }
  });

  test('bodies of the data plane stay bytes and are still described', async () => {
    const { post } = (await document(local)).paths['/v1/chat/completions']!;
    expect(post!.requestBody!.content['application/json']).toMatchObject({ example: { model: 'auto' } });
    const odd = '{"messages":[{"role":"user","content":"Hi"}],"model":"main","unknown":{"kept":[1]}}';
    const answer = await fetch(`${local.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: odd,
    });
    expect(answer.status).toBe(200);
    await answer.text();
  });

  test('no reply is closed to fields that are added later', async () => {
    const { paths } = await document(local);
    const replies = Object.values(paths).flatMap((item) =>
      Object.values(item).map(({ responses }) => responses),
    );
    expect(JSON.stringify(replies)).not.toContain('"additionalProperties":false');
  });

  test('the page loads only from the gateway, under a policy that allows nothing else', async () => {
    const page = await fetch(`${local.url}/docs`);
    const html = await page.text();
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self';/);
    expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('x-powered-by')).toBeNull();
    expect(page.headers.get('x-request-id')).toMatch(/^req_/);
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(assets.length).toBeGreaterThan(4);
    expect(html).not.toMatch(/<script>|style="|onload=/);
    for (const asset of assets) {
      expect(asset).toMatch(/^\/docs\/static\//);
      const answer = await fetch(local.url + asset);
      expect([asset, answer.status]).toEqual([asset, 200]);
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  test('unknown paths get the gateway’s 404, and nothing outside the page is served', async () => {
    const outside = [
      '..%2f..%2fpackage.json',
      '..%5c..%5cpackage.json',
      '%2e%2e%2f%2e%2e%2f.env',
      'a%00b',
      '.%2f.env',
    ];
    for (const path of [
      '/docs/static/nope.js',
      '/docs/nope',
      ...outside.map((name) => `/docs/static/${name}`),
    ]) {
      const answer = await fetch(local.url + path);
      expect(answer.status).toBe(404);
      expect(((await answer.json()) as { error: { code: string } }).error.code).toBe('route_not_found');
    }
  });

  test('YAML has the same content', async () => {
    const answer = await fetch(`${local.url}/docs/yaml`);
    expect(await answer.text()).toMatch(/^openapi: 3\.1\.0\n/);
  });
});
