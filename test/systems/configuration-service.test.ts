import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../support/gateway.ts';
import { post } from '../support/process.ts';
import { call, ended, stopAll } from '../http/operator.ts';

afterEach(stopAll);

const SERVICE = '/api/v1/llm';
const OPENAI_KEY = 'sk-fake-openai-0001';
const LAB_KEY = 'sk-fake-lab-0002';

/** What the quick start sets: provider, model and, except for embeddings, temperature. */
const TYPES = {
  reasoning: ['lab', 'deep-thinker', 0.7],
  tools: ['openai', 'gpt-4o-mini', 0.1],
  subagents: ['openai', 'gpt-4o-mini', 0.5],
  planning: ['lab', 'deep-thinker', 0.2],
  embeddings: ['openai', 'text-embedding-3-small', null],
} as const;

const MODELS: Readonly<Record<string, readonly string[]>> = {
  openai: ['gpt-4o', 'gpt-4o-mini', 'text-embedding-3-small'],
  lab: ['deep-thinker'],
};
const KEYS: Readonly<Record<string, string>> = { openai: OPENAI_KEY, lab: LAB_KEY };

let folder = '';
let server: FakeUpstream;
const running: { gateway: TestGateway | null } = { gateway: null };

/** Servers of two vendors, `/openai/v1` and `/lab/v1`, each of which accepts only the key of that vendor. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'laneway-service-'));
  server = await startFakeUpstream((request) => {
    const [, vendor = ''] = request.path.split('/');
    if (request.headers['authorization'] !== `Bearer ${KEYS[vendor] ?? ''}`)
      return json(401, { error: { message: 'Incorrect API key provided' } });
    if (request.method === 'GET') {
      const data = (MODELS[vendor] ?? []).map((id) => ({
        id,
        object: 'model',
        created: 0,
        owned_by: vendor,
      }));
      return json(200, { object: 'list', data });
    }
    const { model } = request.json() as { model: string };
    const data = [{ object: 'embedding', index: 0, embedding: [1, 2] }];
    return request.path.endsWith('/embeddings')
      ? json(200, { object: 'list', data, model, usage: { prompt_tokens: 1, total_tokens: 1 } })
      : json(200, { ...completion(`by ${vendor}`), model });
  });
  ended({
    stop: async () => {
      await running.gateway?.stop();
      running.gateway = null;
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
});

/** Starts the service, or starts it again in place of the running one, with the same state. */
async function start(variables: Readonly<Record<string, string>> = {}): Promise<TestGateway> {
  await running.gateway?.stop();
  const gateway = await startGateway({
    config: {
      default_lane: 'main',
      providers: {
        openai: {
          ...{ type: 'openai', base_url: `${server.url}/openai/v1`, local: true },
          api_key: 'env:OPENAI_API_KEY',
        },
      },
      lanes: { main: {} },
    },
    ...{ presets: true, folder, variables },
  });
  running.gateway = gateway;
  return gateway;
}

/** The service with its preset and the two providers of the quick start. */
async function startWithProviders(): Promise<TestGateway> {
  const gateway = await start();
  await call(gateway, 'POST', '/api/profiles/interaction-types/activate');
  const openai = { id: 'openai', type: 'openai', base_url: `${server.url}/openai/v1`, api_key: OPENAI_KEY };
  const lab = {
    id: 'lab',
    name: 'The lab',
    type: 'custom',
    base_url: `${server.url}/lab/v1`,
    api_key: LAB_KEY,
  };
  for (const provider of [openai, lab]) {
    expect((await call(gateway, 'POST', `${SERVICE}/providers`, provider)).status).toBe(201);
  }
  return gateway;
}

async function setTypes(gateway: TestGateway): Promise<void> {
  for (const [type, [provider, model_id, temperature]] of Object.entries(TYPES)) {
    const body = { provider, model_id, ...(temperature !== null && { temperature }) };
    const { status, body: entry } = await call(gateway, 'PUT', `${SERVICE}/config/${type}`, body);
    expect([status, entry]).toMatchObject([200, { interaction_type: type, provider, model_id, temperature }]);
  }
}

/** The last requests of the five types: the server's path, the model and the temperature. */
async function useTypes(gateway: TestGateway): Promise<void> {
  for (const [type, [provider, model, temperature]] of Object.entries(TYPES)) {
    const isChat = type !== 'embeddings';
    const reply = isChat
      ? await gateway.chat({ model: type })
      : await post(`${gateway.url}/v1/embeddings`, { model: type, input: 'Hello?' });
    expect([type, reply.status]).toEqual([type, 200]);
    await reply.text();
    const { path, body } = server.requests.at(-1)!;
    const sent = JSON.parse(body.toString()) as Record<string, unknown>;
    expect([path.split('/')[1], sent['model'], sent['temperature'] ?? null]).toEqual([
      provider,
      model,
      temperature,
    ]);
  }
}

test('providers are added with their keys, a custom one among them, and their keys are never shown', async () => {
  const gateway = await startWithProviders();
  const { body } = await call<{ providers: object[] }>(gateway, 'GET', `${SERVICE}/providers`);
  expect(body.providers).toMatchObject([
    { id: 'openai', source: 'database', key: { set: true, from: 'secret:provider:openai' } },
    { id: 'lab', name: 'The lab', type: 'openai_compatible', source: 'database', key: { set: true } },
  ]);
  expect(JSON.stringify(body)).not.toContain('sk-fake');
});

test('a provider is validated, and its models listed; a wrong key is found and corrected', async () => {
  const gateway = await startWithProviders();
  const validate = (): ReturnType<typeof call> =>
    call(gateway, 'POST', `${SERVICE}/providers/lab/validate`, {});
  expect((await validate()).body).toMatchObject({ valid: true, model_count: 1, error: null });
  const { body } = await call<{ models: { model_id: string }[] }>(
    ...([gateway, 'GET', `${SERVICE}/providers/openai/models?refresh=1`] as const),
  );
  expect(body.models.map(({ model_id: id }) => id)).toEqual(expect.arrayContaining([...MODELS['openai']!]));

  await call(gateway, 'PATCH', `${SERVICE}/providers/lab`, { api_key: 'sk-fake-wrong' });
  const refused = await validate();
  expect([refused.status, refused.body]).toMatchObject([
    200,
    { valid: false, error: { code: 'upstream_auth' } },
  ]);
  expect(JSON.stringify(refused.body)).not.toContain('sk-fake');
  await call(gateway, 'PATCH', `${SERVICE}/providers/lab`, { api_key: LAB_KEY });
  expect((await validate()).body).toMatchObject({ valid: true });
});

test('the five types are set, used and summarised', async () => {
  const gateway = await startWithProviders();
  await setTypes(gateway);
  await useTypes(gateway);
  const { body } = await call<{ rows: object[]; text: string }>(gateway, 'GET', `${SERVICE}/config/summary`);
  expect(body.rows).toHaveLength(5);
  expect(body.rows).toContainEqual({
    ...{ interaction_type: 'reasoning', purpose: 'main supervisor thinking' },
    ...{ model: 'lab/deep-thinker', temperature: 0.7, source: 'override' },
  });
  expect(body.text.split('\n')).toContain('tools: openai/gpt-4o-mini at 0.1');
  expect((await call(gateway, 'GET', `${SERVICE}/config/validate`)).body).toMatchObject({ valid: true });
});

test('after a restart providers, keys and types are still there', async () => {
  await setTypes(await startWithProviders());
  const before = await running.gateway!.get(`${SERVICE}/config`);
  const gateway = await start();
  expect(await gateway.get(`${SERVICE}/config`)).toEqual(before);
  expect((await call(gateway, 'POST', `${SERVICE}/providers/lab/validate`, {})).body).toMatchObject({
    valid: true,
  });
  await useTypes(gateway);
});

test('what nobody has stored comes from the environment', async () => {
  const gateway = await start({ OPENAI_API_KEY: OPENAI_KEY });
  await call(gateway, 'POST', '/api/profiles/interaction-types/activate');
  expect((await call(gateway, 'GET', `${SERVICE}/providers/openai`)).body).toMatchObject({
    key: { set: true, from: 'env:OPENAI_API_KEY' },
  });
  await (await gateway.chat({ model: 'tools' })).text();
  expect(server.requests.at(-1)?.path).toMatch(/^\/openai\/v1\//);
});
