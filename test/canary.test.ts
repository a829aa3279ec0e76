import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { laneway as command, type Surroundings } from './cli/commands/harness.ts';
import { canary, findForms, formsOf } from './support/canary.ts';
import { json, sse, text } from './support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from './support/fake-upstream.ts';
import { startProcess, type GatewayProcess } from './support/process.ts';

/** One secret for each way to set one. */
const SECRETS = {
  environment: canary(),
  dotEnv: canary(),
  header: canary(),
  providerVariable: canary(),
  secretCall: canary(),
  providerCall: canary(),
  importedFile: canary(),
  secretCommand: canary(),
  masterKey: randomBytes(32).toString('base64'),
  adminToken: canary(),
};

/** Those that no upstream gets. */
const GATEWAY_OWN = ['masterKey', 'adminToken'];

/** Providers by the way in which they get their key. */
const PROVIDERS = ['env', 'dot', 'head', 'var', 'team', 'own', 'old', 'cli'];

let folder: string;
let upstream: FakeUpstream;
let laneway: GatewayProcess;
/** Everything that has left the gateway, by where. */
const seen = new Map<string, string>();

/** What servers do with a key that they refuse: name it, whole, in part and encoded. */
function echo(request: FakeRequest): Reply {
  const { authorization, 'x-own-key': header } = request.headers;
  const key = header ?? authorization?.replace('Bearer ', '') ?? '';
  const bytes = Buffer.from(key);
  const encoded = [
    encodeURIComponent(key),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
  const parts = [key.slice(0, 12), key.slice(-9), key.slice(10, 20), encoded[3]?.toUpperCase()];
  const words = `bad key ${[key, ...encoded, ...parts].join(', ')}`;
  const error = { message: words, type: words, code: key, param: key };
  const model = request.method === 'GET' ? 'list' : (request.json() as { model: string }).model;
  switch (model) {
    case 'list':
      return key === SECRETS.importedFile
        ? json(401, { error })
        : json(200, { object: 'list', data: ['m', 's', 'p', 'q'].map((id) => ({ id, object: 'model' })) });
    case 's':
      return sse([JSON.stringify({ error })]);
    case 'p':
      return text(500, `<html>${words}</html>`, { 'content-type': 'text/html', 'x-echo': key });
    case 'q':
      return json(400, { error });
    default:
      return json(401, { error });
  }
}

async function call(
  path: string,
  method = 'GET',
  body?: unknown,
  type = 'application/json',
): Promise<Response> {
  const reply = await fetch(laneway.url + path, {
    method,
    headers: {
      authorization: `Bearer ${SECRETS.adminToken}`,
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const headers = JSON.stringify([...reply.headers]);
  if (!(reply.headers.get('content-type') ?? '').startsWith('text/event-stream') || method !== 'GET')
    seen.set(`${seen.size} ${method} ${path} ${reply.status}`, headers + (await reply.clone().text()));
  return reply;
}

const ENVIRONMENT = {
  ENV_KEY: SECRETS.environment,
  HEADER_KEY: SECRETS.header,
  LANEWAY_PROVIDER_VAR_KEY: SECRETS.providerVariable,
  LANEWAY_MASTER_KEY: SECRETS.masterKey,
  LANEWAY_ADMIN_TOKEN: SECRETS.adminToken,
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'laneway-canary-'));
  upstream = await startFakeUpstream(echo);
  const server = (key: object): object => ({
    ...{ type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true },
    ...key,
  });
  const config = {
    default_lane: 'main',
    providers: {
      env: server({ api_key: 'env:ENV_KEY' }),
      dot: server({ api_key: 'env:DOT_KEY' }),
      head: server({ headers: { 'x-own-key': 'env:HEADER_KEY' } }),
      var: server({}),
      team: server({ api_key: 'secret:TEAM_KEY' }),
      old: server({}),
      cli: server({ api_key: 'secret:CLI_KEY' }),
    },
    lanes: { main: { preferred: ['env/m', 'dot/m'] } },
    nodes: { evaluate: { model: 'team/m' } },
  };
  writeFileSync(join(folder, '.env'), `DOT_KEY=${SECRETS.dotEnv}\n`);
  laneway = await startProcess({ folder, files: { 'models.json': config }, env: ENVIRONMENT });
}, 30_000);

afterAll(async () => {
  await laneway.stop();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Reads the stream of events from the oldest one on until it is idle. */
async function events(): Promise<string> {
  const stop = new AbortController();
  const reply = await fetch(`${laneway.url}/api/events?last_event_id=x-1`, {
    signal: stop.signal,
    headers: { authorization: `Bearer ${SECRETS.adminToken}` },
  });
  let read = '';
  setTimeout(() => {
    stop.abort();
  }, 500);
  try {
    for await (const piece of reply.body?.pipeThrough(new TextDecoderStream()) ?? []) read += piece;
  } catch {
    // The abort above.
  }
  return read;
}

async function setSecrets(): Promise<void> {
  const own = { id: 'own', type: 'custom', base_url: `${upstream.url}/v1`, api_key: SECRETS.providerCall };
  const replies = [
    await call('/api/secrets/TEAM_KEY', 'PUT', { value: SECRETS.secretCall }),
    await call('/api/v1/llm/providers', 'POST', own),
  ];
  expect(replies.map(({ status }) => status)).toEqual([200, 201]);
  const file = join(folder, 'api_keys.json');
  writeFileSync(file, JSON.stringify({ old: SECRETS.importedFile }));
  const codes = [
    await run(['secrets', 'import', file]),
    await run(['secrets', 'set', 'CLI_KEY'], { input: SECRETS.secretCommand }),
  ];
  expect(codes).toEqual([0, 0]);
}

/** Runs a command of the command line; returns its exit code. */
async function run(args: readonly string[], surroundings: Surroundings = {}): Promise<number> {
  const { code, stdout, stderr } = await command(args, {
    variables: { ...ENVIRONMENT, LANEWAY_URL: laneway.url },
    dataDirectory: join(folder, 'data'),
    configDirectory: join(folder, 'config'),
    ...surroundings,
  });
  seen.set(`${seen.size} laneway ${args.join(' ').slice(0, 80)} ${code}`, stdout + stderr);
  return code;
}

/** Commands that read, for people and as JSON. */
const COMMANDS = [
  'status',
  'models',
  'nodes',
  'lanes',
  'explain evaluate',
  'requests --limit 200',
  'profiles',
  'profiles show coding',
  'providers',
  'secrets',
  'config validate',
  'config explain',
  'audit --limit 500',
  'audit verify',
  'audit export',
  'audit export --csv',
  'restore --list',
  'completion bash',
  'switch evaluate env/m --dry-run',
  'switch evaluate env/m --preflight',
];

async function everyCommand(): Promise<void> {
  const perProvider = ['validate', 'models', 'models --refresh'].flatMap((verb) =>
    PROVIDERS.map((id) => `providers ${verb.replace(/^\w+/, `$& ${id}`)}`),
  );
  for (const line of [...COMMANDS, ...perProvider])
    for (const flags of [[], ['--json']]) await run([...line.split(' '), ...flags]);
  const { requests } = (await (await call('/api/debug/requests?state=failed&limit=20')).json()) as {
    requests: { id: string }[];
  };
  for (const { id } of requests) await run(['requests', id]);
}

/** Commands that fail with a key in their input. */
async function failingCommands(): Promise<void> {
  const key = SECRETS.secretCommand;
  const own = ['--type', 'custom', '--base-url', 'ftp://x', '--key-stdin'];
  await run(['secrets', 'set', 'CLI_KEY'], { input: `${key} ${key}` });
  await run(['secrets', 'set', 'bad name'], { input: key });
  await run(['providers', 'add', 'bad', ...own], { input: key });
  for (const [index, content] of [
    `{"old":"${key}"`,
    `{"old":["${key}"]}`,
    `{"nope":"${key}"}`,
    key,
  ].entries()) {
    const file = join(folder, `keys-${index}.json`);
    writeFileSync(file, content);
    await run(['secrets', 'import', file]);
    await run(['profiles', 'import', file]);
  }
  await run(['status', '--token', key]);
}

/** Calls with a key where none belongs, and bodies that are no JSON. */
async function mistakes(): Promise<void> {
  const key = SECRETS.secretCall;
  await call('/api/secrets/TEAM_KEY', 'PUT', `{"value":${key}}`);
  await call('/api/secrets/TEAM_KEY', 'PUT', key);
  await call('/api/secrets/TEAM_KEY', 'PUT', { value: [key] });
  await call('/api/secrets/TEAM_KEY', 'PUT', { value: `${key} ${key}` });
  await call('/api/secrets/TEAM_KEY', 'PUT', { value: key }, 'text/plain');
  await call('/api/v1/llm/providers', 'POST', { id: 'own', type: 'custom', api_key: key });
  await call('/api/v1/llm/providers', 'POST', {
    id: 'bad',
    type: 'custom',
    base_url: 'ftp://x',
    api_key: key,
  });
  await call('/api/v1/llm/providers/own', 'PATCH', { api_key: { key } });
  await call('/api/secrets/import', 'POST', { keys: { nope: key } });
  await call('/api/secrets/import', 'POST', { keys: [key] });
}

async function failingRequests(): Promise<void> {
  const messages = [{ role: 'user', content: 'Hello?' }];
  for (const provider of PROVIDERS) {
    await call(`/api/v1/llm/providers/${provider}/validate`, 'POST', {});
    for (const model of ['m', 's', 'p', 'q']) {
      for (const stream of [false, true]) {
        const body = { model: `${provider}/${model}`, messages, stream, max_tokens: 9 };
        for (const path of ['/v1/chat/completions', '/v1/messages', '/api/chat'])
          await call(path, 'POST', body);
        await call('/v1/responses', 'POST', { model: `${provider}/${model}`, input: 'Hello?', stream });
      }
    }
  }
  for (const model of ['evaluate', 'auto']) await call('/v1/chat/completions', 'POST', { model, messages });
}

/** Every GET of the OpenAPI document, for everything that its parameters can name. */
async function everyRead(): Promise<void> {
  const document = (await (await call('/docs/json')).json()) as { paths: Record<string, object> };
  const { requests } = (await (await call('/api/debug/requests?limit=500')).json()) as {
    requests: { id: string }[];
  };
  const paths = Object.entries(document.paths).filter(([, methods]) => 'get' in methods);
  expect(paths.length).toBeGreaterThan(25);
  for (const [path] of paths) {
    if (path === '/api/events') continue;
    const ids = path.includes('/requests/')
      ? requests.map(({ id }) => id)
      : path.includes('/v1/models')
        ? ['env/m']
        : PROVIDERS;
    const values = path.includes('{id}') ? ids : ['evaluate'];
    for (const value of values) await call(path.replace(/\{\w+\}/, value));
  }
  await call('/api/debug/config?explain=1');
  await call('/api/debug/requests?state=refused');
  await call('/api/debug/requests?state=failed&limit=500');
  for (const id of PROVIDERS) await call(`/api/v1/llm/providers/${id}/models?refresh=1`);
}

/** The files of the state, as bytes. */
function stateFiles(): [string, string][] {
  const data = join(folder, 'data');
  return readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'latin1')]);
}

describe('secrets, each set in another way', () => {
  beforeAll(async () => {
    await setSecrets();
    await mistakes();
    await failingRequests();
    expect((await call('/api/secrets/rotate', 'POST', {})).status).toBe(400);
    await everyRead();
    await everyCommand();
    await failingCommands();
    seen.set('the events', await events());
    await call('/metrics');
    seen.set('the log as JSON', laneway.stdout() + laneway.stderr());
    for (const [name, bytes] of stateFiles()) seen.set(`the file ${name} while it runs`, bytes);
    laneway.child.kill('SIGTERM');
    await laneway.exit;
    laneway = await startProcess({ folder, env: { ...ENVIRONMENT, LANEWAY_LOG_FORMAT: 'text' } });
    await failingRequests();
    seen.set('the log as text', laneway.stdout() + laneway.stderr());
    laneway.child.kill('SIGTERM');
    await laneway.exit;
    for (const [name, bytes] of stateFiles()) seen.set(`the file ${name}`, bytes);
  }, 120_000);

  test('were used: the upstream got each of them', () => {
    const sent = upstream.requests.flatMap(({ headers }) => [headers['authorization'], headers['x-own-key']]);
    for (const [way, secret] of Object.entries(SECRETS)) {
      if (GATEWAY_OWN.includes(way)) expect(sent.join(' ')).not.toContain(secret);
      else expect(sent, way).toContain(way === 'header' ? secret : `Bearer ${secret}`);
    }
    expect(seen.size).toBeGreaterThan(200);
    const everything = [...seen.values()].join('');
    expect(everything).toContain('rejected the API key');
    expect(everything).toContain('[key]');
  });

  test.each(Object.entries(SECRETS))('%s: appears nowhere, whole, in part or encoded', (_way, secret) => {
    const forms = formsOf(secret);
    const leaks = [...seen].flatMap(([place, shown]) =>
      findForms(forms, shown).map((hit) => `${place}: ${hit}`),
    );
    expect(leaks.slice(0, 5)).toEqual([]);
  });
});
