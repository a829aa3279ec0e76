import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test, vi, type MockInstance } from 'vitest';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import type { ProviderType } from '../../src/providers/provider-type.ts';
import { failureOf, probe, providerOf, Reply, startListServer, type Arrived } from './list-server.ts';

const KEY = 'sk-fake-configured-0001';
const CANARY = 'sk-fake-canary-9999';

/** A list that every type accepts; the Ollama server describes its only model itself. */
const REPLIES = {
  'GET /v1/models': { object: 'list', data: [{ id: 'm' }] },
  'GET /openai/v1/models': { object: 'list', data: [{ id: 'm' }] },
  'GET /v1/models?limit=1000': { data: [{ id: 'm' }], has_more: false },
  'GET /models': { object: 'list', data: [{ id: 'm' }] },
  'GET /props': {},
  'GET /api/tags': { models: [{ name: 'm:latest', digest: 'd' }] },
  'GET /api/ps': { models: [] },
  'GET /api/version': { version: '1' },
  'POST /api/show': { capabilities: ['completion'] },
};

/** All variables that the SDKs read, as they could be set on a developer's machine. */
function setEnvironment(elsewhere: string): void {
  const headers = `authorization: Bearer ${CANARY}\nx-api-key: ${CANARY}\nx-canary: ${CANARY}`;
  for (const vendor of ['OPENAI', 'ANTHROPIC', 'GROQ', 'OLLAMA']) {
    vi.stubEnv(`${vendor}_API_KEY`, CANARY);
    vi.stubEnv(`${vendor}_BASE_URL`, elsewhere);
    vi.stubEnv(`${vendor}_CUSTOM_HEADERS`, headers);
    vi.stubEnv(`${vendor}_LOG`, 'debug');
  }
  for (const name of ['OPENAI_ADMIN_KEY', 'OPENAI_ORG_ID', 'OPENAI_PROJECT_ID', 'OPENAI_WEBHOOK_SECRET']) {
    vi.stubEnv(name, CANARY);
  }
  for (const name of ['ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_WEBHOOK_SIGNING_KEY', 'ANTHROPIC_PROFILE']) {
    vi.stubEnv(name, CANARY);
  }
  vi.stubEnv('OLLAMA_HOST', elsewhere);
}

/** The SDKs keep references to the console's functions from their start, so every test of this file spies on them. */
function watchConsole(): MockInstance[] {
  return (['log', 'info', 'debug', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
}

async function askedBy(
  type: ProviderType,
  key: string | null,
): Promise<{ here: Arrived[]; away: Arrived[] }> {
  const elsewhere = await startListServer({});
  const { origin, arrived } = await startListServer(REPLIES);
  setEnvironment(elsewhere.origin);
  const spies = watchConsole();
  const listing = await probe(providerOf(type, origin, key));
  expect(listing.models).toHaveLength(1);
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  return { here: arrived, away: elsewhere.arrived };
}

const byName = PROVIDER_TYPES.map((type) => [type.settings.type, type] as const);

test.each(byName)(
  '%s: the configured key goes to the configured server, in the right header',
  async (_, type) => {
    const { here, away } = await askedBy(type, KEY);
    expect(away).toEqual([]);
    const header = type.settings.auth === 'bearer' ? 'authorization' : 'x-api-key';
    for (const { headers } of here) {
      expect(headers[header]).toBe(type.settings.auth === 'bearer' ? `Bearer ${KEY}` : KEY);
      const held = Object.values(headers).filter((value) => String(value).includes(KEY));
      expect(held).toHaveLength(1);
    }
  },
);

test.each(byName)('%s: a key or header of the environment is never sent', async (_, type) => {
  for (const key of [KEY, null]) {
    const { here, away } = await askedBy(type, key);
    expect(away).toEqual([]);
    expect(here.length).toBeGreaterThan(0);
    expect(JSON.stringify(here)).not.toContain(CANARY);
  }
});

test.each(byName)('%s: without a key no placeholder is sent', async (_, type) => {
  const { here } = await askedBy(type, null);
  for (const { headers } of here) {
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('x-api-key');
  }
});

test.each(byName)(
  '%s: a refused probe is sent once, reported unchanged, and logged by no SDK',
  async (_, type) => {
    const refused = new Reply(429, { error: { message: 'slow down' } }, { 'retry-after': '1' });
    const replies = Object.fromEntries(Object.keys(REPLIES).map((line) => [line, refused]));
    const { origin, arrived } = await startListServer(replies);
    setEnvironment(origin);
    const spies = watchConsole();
    const failure = await failureOf(probe(providerOf(type, origin, KEY)));
    expect(failure).toMatchObject({ class: 'rate_limited', status: 429, retryAfterMs: 1000 });
    expect(arrived).toHaveLength(1);
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  },
);

test.each(byName)(
  '%s: a redirect is not followed, so that the key is not sent elsewhere',
  async (_, type) => {
    const thief = await startListServer(REPLIES);
    const moved = new Reply(307, '', { location: `${thief.origin}/v1/models` });
    const replies = Object.fromEntries(Object.keys(REPLIES).map((line) => [line, moved]));
    const { origin } = await startListServer(replies);
    await failureOf(probe(providerOf(type, origin, KEY)));
    expect(thief.arrived).toEqual([]);
  },
);

test.each(byName)('%s: a server that never answers times out, and is reported so', async (_, type) => {
  const never = (): Promise<never> => new Promise(() => {});
  const { origin } = await startListServer(
    Object.fromEntries(Object.keys(REPLIES).map((line) => [line, never])),
  );
  const failure = await failureOf(providerOf(type, origin, KEY).list(AbortSignal.timeout(50)));
  expect(failure).toMatchObject({ code: 'upstream_timeout', summary: 'did not answer in time' });
});

test.each(byName)(
  '%s: an unreachable server is reported as such, however an SDK wraps the error',
  async (_, type) => {
    const failure = await failureOf(probe(providerOf(type, await nobodyThere(), KEY)));
    expect(failure).toMatchObject({ class: 'not_sent', code: 'upstream_connect', status: null });
  },
);

/** An origin where nothing listens. */
async function nobodyThere(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

/** Imports a module in a new process and returns the URLs of all loaded modules. */
async function loadedBy(path: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ load: (url, context, next) => (seen.push(url), next(url, context)) });
    await import(process.argv[1]);
    console.log(JSON.stringify(seen));`;
  const url = pathToFileURL(join(import.meta.dirname, '../..', path)).href;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, url], { env: {} });
  return JSON.parse(stdout) as string[];
}

test('the gateway starts without loading an SDK: the list of types needs none', async () => {
  const loaded = await loadedBy('src/providers/index.ts');
  expect(loaded.some((url) => url.endsWith('/src/providers/ollama/models.ts'))).toBe(true);
  expect(loaded.filter((url) => url.includes('node_modules') || url.startsWith('node:'))).toEqual([]);
  const demo = await loadedBy('src/demo/server.ts');
  expect(demo.filter((url) => url.includes('node_modules'))).toEqual([]);
});
