import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { call } from './operator.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** As llama-server b10434 answers. */
function scored(request: FakeRequest): Reply {
  const { documents, top_n: top = Infinity } = request.json() as { documents: unknown[]; top_n?: number };
  const results = documents.map((_, index) => ({ index, relevance_score: 0.5 - index / 10 })).slice(0, top);
  const usage = { prompt_tokens: 13, total_tokens: 13 };
  return json(200, { model: 'rank', object: 'list', usage, results });
}

const UNSUPPORTED = json(501, {
  error: {
    code: 501,
    message: 'This server does not support reranking. Start it with `--reranking`',
    type: 'not_supported_error',
  },
});

interface SetUp {
  readonly laneway: TestGateway;
  readonly upstream: FakeUpstream;
  ask(body: object, path?: string): Promise<Response>;
}

async function setUp(
  answer: (request: FakeRequest) => Reply = scored,
  type = 'openai_compatible',
  more: Record<string, unknown> = {},
): Promise<SetUp> {
  const upstream = await startFakeUpstream((request) => {
    if (request.method === 'POST') return answer(request);
    const ids = ['chat', 'rank', 'rank-2'].map((id) => ({ id, owned_by: 'llamacpp' }));
    return json(200, { object: 'list', data: ids });
  });
  running.push({ stop: () => upstream.close() });
  const base = type === 'llamacpp' ? upstream.url : `${upstream.url}/v1`;
  const laneway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { up: { type, base_url: base, local: true } },
      models: { 'up/chat': {}, 'up/rank': { kind: 'rerank' }, 'up/rank-2': { kind: 'rerank' } },
      lanes: { main: { preferred: ['up/chat'] } },
      nodes: { rerank: { model: 'up/rank', fallbacks: ['up/rank-2'] }, evaluate: { model: 'up/chat' } },
      ...more,
    },
    discover: false,
  });
  running.push(laneway);
  const ask: SetUp['ask'] = (body, path = '/v1/rerank') =>
    fetch(laneway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'a cat', documents: ['cats are animals', 'stones fall'], ...body }),
    });
  return { laneway, upstream, ask };
}

async function failure(reply: Response): Promise<{ status: number; code: string; message: string }> {
  const { error } = (await reply.json()) as { error: { code: string; message: string } };
  return { status: reply.status, code: error.code, message: error.message };
}

const sent = ({ requests }: FakeUpstream): readonly FakeRequest[] =>
  requests.filter(({ method }) => method === 'POST');

test('the node rerank, without a declared kind, serves requests that name no model, on all three paths', async () => {
  const { laneway, upstream, ask } = await setUp();
  for (const path of ['/v1/rerank', '/v2/rerank', '/rerank']) {
    const reply = await ask({ top_n: 1 }, path);
    expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, 'up/rank']);
    expect(reply.headers.get('x-laneway-node')).toBe('rerank');
    expect(await reply.json()).toMatchObject({ results: [{ index: 0, relevance_score: 0.5 }] });
    const trace = await laneway.trace(reply);
    expect(trace).toMatchObject({ state: 'settled', usage: { input_tokens: 13, output_tokens: 0 } });
    expect(trace.plan.map(({ target }) => target)).toEqual(['up/rank', 'up/rank-2']);
  }
  expect(sent(upstream).map(({ path }) => path)).toEqual(['/v1/rerank', '/v1/rerank', '/v1/rerank']);
  expect(sent(upstream)[0]?.json()).toEqual({
    query: 'a cat',
    documents: ['cats are animals', 'stones fall'],
    top_n: 1,
    model: 'rank',
  });
});

test.each(['openai_compatible', 'vllm', 'llamacpp'])('%s is called at its own path', async (type) => {
  const { upstream, ask } = await setUp(scored, type);
  const reply = await ask({ model: 'up/rank' });
  expect([reply.status, sent(upstream)[0]?.path]).toEqual([200, '/v1/rerank']);
});

test('a chat model does not rank, and a rerank model does not chat: 400', async () => {
  const { laneway, upstream, ask } = await setUp();
  for (const model of ['up/chat', 'evaluate', 'main', 'lane:main']) {
    expect(await failure(await ask({ model }))).toMatchObject({ status: 400, code: 'unsupported_parameter' });
  }
  for (const model of ['up/rank', 'rerank']) {
    expect(await failure(await laneway.chat({ model }))).toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
    });
  }
  expect(sent(upstream)).toEqual([]);
});

test('scores of two models do not mix: after the node’s own models no lane is tried', async () => {
  const { laneway, ask } = await setUp(() => json(503, { error: { message: 'overloaded' } }));
  const reply = await ask({ model: 'rerank' });
  expect(reply.status).toBe(503);
  const trace = await laneway.trace(reply);
  expect(trace.attempts.map(({ target }) => target)).toEqual(['up/rank', 'up/rank-2']);
});

test('a llama-server without `--reranking` is named, and keeps its health (wire case 263)', async () => {
  const { laneway, ask } = await setUp(() => UNSUPPORTED, 'llamacpp');
  for (let times = 0; times < 6; times += 1) {
    const { status, code, message } = await failure(await ask({ model: 'up/rank' }));
    expect([status, code]).toEqual([400, 'unsupported_parameter']);
    expect(message).toContain('--reranking');
    expect(message).toContain('/v1/rerank');
  }
  const target = laneway.app.registry.snapshot.models.get('up/rank');
  expect(
    target === undefined ? 'none' : laneway.app.health.at(performance.now()).deferral(target),
  ).toBeNull();
});

test('a server without the path is passed over for the next model of the node', async () => {
  const { laneway, ask } = await setUp((request) => {
    const { model } = request.json() as { model: string };
    return model === 'rank' ? json(404, { detail: 'Not Found' }) : scored(request);
  });
  const reply = await ask({});
  expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, 'up/rank-2']);
  expect((await laneway.trace(reply)).attempts.map(({ class: failed }) => failed)).toEqual([
    'bad_request',
    null,
  ]);
});

test('what the server says about the documents gets to the client', async () => {
  const message = '"documents" must be a non-empty string array';
  const refused = json(400, { error: { code: 400, message, type: 'invalid_request_error' } });
  const { ask } = await setUp(() => refused);
  expect(await failure(await ask({ documents: [{ text: 'a' }] }))).toMatchObject({ status: 400, message });
});

test('a reply without scores is not passed on', async () => {
  const { ask } = await setUp(() => json(200, { results: [{ index: 0 }] }));
  expect(await failure(await ask({}))).toMatchObject({ status: 502, code: 'upstream_malformed' });
});

test('a provider without the call names those that may have it, before a key is asked for', async () => {
  const { upstream, ask } = await setUp(scored, 'openai_compatible', {
    providers: {
      up: { type: 'openai_compatible', base_url: 'http://127.0.0.1:9/v1', local: true },
      ollama: { type: 'ollama', base_url: 'http://127.0.0.1:9' },
    },
    models: { 'ollama/rank:1': { kind: 'rerank' } },
    nodes: {},
    lanes: { main: {} },
  });
  const { status, code, message } = await failure(await ask({ model: 'ollama/rank:1' }));
  expect([status, code]).toEqual([400, 'unsupported_parameter']);
  expect(message).toMatch(/\/v1\/rerank.*: up$/);
  expect(sent(upstream)).toEqual([]);
});

test('the plan can be resolved beforehand', async () => {
  const { laneway } = await setUp();
  for (const question of [{ model: 'rerank' }, { query: 'a', documents: ['b'] }]) {
    const { body } = await call(laneway, 'POST', '/api/debug/resolve', question);
    expect(body).toMatchObject({ targets: [{ target: 'up/rank', eligible: true }, {}] });
  }
});

test('a node "rerank" that is on a lane chats as before', async () => {
  const { laneway } = await setUp(scored, 'openai_compatible', { nodes: { rerank: { lane: 'main' } } });
  const { body } = await call(laneway, 'POST', '/api/debug/resolve', { model: 'rerank' });
  expect(body).toMatchObject({ targets: [{ target: 'up/chat', eligible: true }] });
});
