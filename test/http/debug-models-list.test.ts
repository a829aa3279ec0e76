import { afterEach, expect, test } from 'vitest';

import { json, text } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../support/fake-upstream.ts';
import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { call, ended, server, stopAll } from './operator.ts';

afterEach(stopAll);

interface Available {
  readonly provider: string;
  readonly model_id: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
}

async function available(laneway: TestGateway): Promise<Available[]> {
  return (await call<{ available: Available[] }>(laneway, 'GET', '/api/debug/models')).body.available;
}

async function bar(laneway: TestGateway): Promise<{ id: string; status: string }[]> {
  const { body } = await call<{ providers: { models: { id: string; status: string }[] }[] }>(
    laneway,
    'GET',
    '/api/models',
  );
  return body.providers.flatMap(({ models }) => models);
}

/** A vLLM, whose list is complete. */
async function engine(ids: readonly string[]): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream((request): Reply => {
    if (request.method !== 'GET') return text(500, 'no');
    if (!request.path.endsWith('/models')) return json(404, { detail: 'Not Found' });
    return json(200, { object: 'list', data: ids.map((id) => ({ id, object: 'model', owned_by: 'vllm' })) });
  });
  ended({ stop: () => upstream.close() });
  return upstream;
}

const SHIPPED = {
  default_lane: 'main',
  lanes: { main: { preferred: ['box/here', 'box/shipped-only'] } },
  nodes: { vectors: { kind: 'embeddings', model: 'box/vec' }, evaluate: { lane: 'main' } },
};

function withBox(url: string): object {
  return { ...SHIPPED, providers: { box: { type: 'vllm', base_url: `${url}/v1` } } };
}

test('the list is sorted by provider and name, and shows the kind of each model', async () => {
  const { url } = await server('hi');
  const base = laneOver([url, url]);
  const models = { 'b/m': { name: 'Zebra' }, 'b/x': { name: 'Ant' }, 'a/vec': { kind: 'embeddings' } };
  const laneway = ended(await startGateway({ config: { ...base, models }, discover: false }));
  expect((await available(laneway)).map(({ provider, name, kind }) => [provider, name, kind])).toEqual([
    ['a', 'm', 'chat'],
    ['a', 'vec', 'embeddings'],
    ['b', 'Ant', 'chat'],
    ['b', 'Zebra', 'chat'],
  ]);
});

test('a model that only the shipped defaults name and no list has named is not installed, and not in the model bar', async () => {
  const { url } = await engine(['here', 'other']);
  const laneway = ended(await startGateway({ config: withBox(url), shipped: true }));
  const statuses = Object.fromEntries((await available(laneway)).map((each) => [each.model_id, each.status]));
  expect(statuses).toEqual({
    ...{ here: 'available', other: 'available' },
    ...{ 'shipped-only': 'not_installed', vec: 'not_installed' },
  });
  expect((await bar(laneway)).map(({ id }) => id)).toEqual(['here', 'other']);
});

test('what the operator names stays in the model bar, with its status', async () => {
  const { url } = await engine(['here']);
  const files = { 'user_models.json': { lanes: { main: { preferred: ['box/here', 'box/mine'] } } } };
  const laneway = ended(await startGateway({ config: withBox(url), files, shipped: true }));
  expect(await bar(laneway)).toMatchObject([
    { id: 'here', status: 'available' },
    { id: 'mine', status: 'not_installed' },
  ]);
});

test('a model that vanishes from the list of its server is gone, not "not installed"', async () => {
  const ids = ['here', 'shipped-only'];
  const { url } = await engine(ids);
  const laneway = ended(await startGateway({ config: withBox(url), shipped: true }));
  ids.pop();
  await laneway.app.discovery.refresh('box', 1_000);
  expect(await bar(laneway)).toMatchObject([
    { id: 'here', status: 'available' },
    { id: 'shipped-only', status: 'gone' },
  ]);
});

test('a shipped model on a server that does not answer is not in the model bar', async () => {
  const config = {
    ...SHIPPED,
    providers: { box: { type: 'vllm', base_url: 'http://127.0.0.1:2/v1' } },
  };
  const laneway = ended(await startGateway({ config, shipped: true }));
  expect(await bar(laneway)).toEqual([]);
  const shown = (await available(laneway)).find(({ model_id }) => model_id === 'shipped-only');
  expect(shown?.status).toBe('unreachable');
});

test('one node can be read by name, and so can a lane', async () => {
  const { url } = await server('hi');
  const laneway = ended(await startGateway({ config: laneOver([url]), discover: false }));
  const node = await call(laneway, 'GET', '/api/debug/models/evaluate');
  expect(node.body).toMatchObject({ node: 'evaluate', generation: 1, lane: 'main', is_default: true });
  expect(node.headers.get('etag')).toBe('"1"');
  const lane = await call(laneway, 'GET', '/api/debug/models/lane:main');
  expect(lane.body).toMatchObject({ node: 'lane:main', provider: 'a', model_id: 'm' });
  const unknown = await call(laneway, 'GET', '/api/debug/models/evalute');
  expect([unknown.status, unknown.body.error.code]).toEqual([404, 'node_not_found']);
  expect(unknown.body.error.message).toContain('evaluate');
});

test('reset under GET says that it is a POST', async () => {
  const { url } = await server('hi');
  const laneway = ended(await startGateway({ config: laneOver([url]), discover: false }));
  const { status, headers, body } = await call(laneway, 'GET', '/api/debug/models/reset');
  expect([status, headers.get('allow'), body.error.code]).toEqual([405, 'POST', 'method_not_allowed']);
});

test('an open breaker shows in the status of both lists and of the health view', async () => {
  const broken = await startFakeUpstream(chatScript(() => json(500, { error: { message: 'no' } })));
  ended({ stop: () => broken.close() });
  const laneway = ended(await startGateway({ config: laneOver([broken.url]) }));
  for (let turn = 0; turn < 5; turn += 1) await (await laneway.chat({ model: 'a/m' })).text();
  expect((await available(laneway))[0]?.status).toBe('breaker_open');
  expect((await bar(laneway))[0]?.status).toBe('breaker_open');
  const health = await call<{ targets: { status: string }[] }>(laneway, 'GET', '/api/debug/health');
  expect(health.body.targets[0]?.status).toBe('breaker_open');
});
