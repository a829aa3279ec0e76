import { afterEach, describe, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../support/gateway.ts';
import { call } from './operator.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** A server with scripted embeddings, which answers chats with hello. */
async function server(answer: (request: FakeRequest) => Reply = embedded): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream((request) => {
    if (request.method === 'GET') return json(200, { object: 'list', data: [] });
    return request.path === '/v1/embeddings' ? answer(request) : json(200, completion('hello'));
  });
  running.push({ stop: () => upstream.close() });
  return upstream;
}

function embedded(request: FakeRequest): Reply {
  const { input, model } = request.json() as { input: string | string[]; model: string };
  const data = [input].flat().map((_, index) => ({ object: 'embedding', index, embedding: [index, 0.5] }));
  return json(200, { object: 'list', data, model, usage: { prompt_tokens: 4, total_tokens: 4 } });
}

interface SetUp {
  readonly laneway: TestGateway;
  readonly upstream: FakeUpstream;
  ask(body: object, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** One server with models for chat, for embeddings, and for both. */
async function setUp(
  more: Record<string, unknown> = {},
  answer?: (request: FakeRequest) => Reply,
): Promise<SetUp> {
  const upstream = await server(answer);
  const laneway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { up: { type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true } },
      models: {
        'up/chat': {},
        'up/vec': { kind: 'embeddings' },
        'up/vec-2': { kind: 'embeddings' },
        'up/both': { capabilities: { supports_tools: true, supports_embeddings: true } },
      },
      lanes: { main: { preferred: ['up/chat'] } },
      nodes: {
        embeddings: {
          model: 'up/vec',
          kind: 'embeddings',
          fallbacks: ['up/vec-2'],
          params: { temperature: 0.7, dimensions: 2 },
        },
      },
      ...more,
    },
    variables: { FAKE_KEY: 'sk-fake-key' },
    discover: false,
  });
  running.push(laneway);
  const ask: SetUp['ask'] = (body, headers = {}) =>
    fetch(`${laneway.url}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return { laneway, upstream, ask };
}

async function failure(
  reply: Response,
): Promise<{ status: number; code: string; param: string; message: string }> {
  const { error } = (await reply.json()) as { error: { code: string; param: string; message: string } };
  return { status: reply.status, code: error.code, param: error.param, message: error.message };
}

const sent = ({ requests }: FakeUpstream): unknown[] =>
  requests.filter(({ method }) => method === 'POST').map((request) => request.json());

describe('who answers', () => {
  test.each([[{}], [{ model: null }], [{ model: '' }], [{ model: 'auto' }], [{ model: 'embeddings' }]])(
    'the node embeddings serves requests that name no model: %j',
    async (named) => {
      const { laneway, upstream, ask } = await setUp();
      const reply = await ask({ input: ['a', 'b'], ...named });
      expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, 'up/vec']);
      expect(reply.headers.get('x-laneway-node')).toBe('embeddings');
      const body = (await reply.json()) as { data: object[] };
      expect(body.data).toHaveLength(2);
      // Chat parameters are shown, but not sent.
      expect(sent(upstream)).toEqual([{ input: ['a', 'b'], model: 'vec', dimensions: 2 }]);
      const trace = await laneway.trace(reply);
      expect(trace).toMatchObject({ state: 'settled', usage: { input_tokens: 4, output_tokens: 0 } });
      expect(trace.plan.map(({ target }) => target)).toEqual(['up/vec', 'up/vec-2']);
    },
  );

  test('without such a node a request must name a model, and the error says so', async () => {
    const { ask } = await setUp({ nodes: {} });
    expect(await failure(await ask({ input: 'a' }))).toMatchObject({
      status: 404,
      code: 'node_not_found',
      param: 'model',
      message: 'the request names no model, and there is no node "embeddings" to serve it',
    });
    expect((await ask({ model: 'up/vec', input: 'a' })).status).toBe(200);
  });

  test('the plan is the node’s model and its own fallbacks: never a lane, however large the input', async () => {
    const busy = (): Reply => json(503, { error: { message: 'overloaded' } });
    const rules = { deep_ingest: { lane: 'deep', over_tokens: 1 } };
    const lanes = { main: { preferred: ['up/chat', 'up/both'] }, deep: { preferred: ['up/both'] } };
    const { laneway, ask } = await setUp({ rules, lanes }, busy);
    const reply = await ask({ input: 'a long text '.repeat(50) }, { 'x-laneway-hint': 'deep_ingest' });
    expect(reply.status).toBe(503);
    const trace = await laneway.trace(reply);
    expect(trace.attempts.map(({ target }) => target)).toEqual(['up/vec', 'up/vec-2']);
  });

  test('a chat model is rejected with 400, and so is an embedding model for a chat', async () => {
    const { laneway, upstream, ask } = await setUp();
    for (const model of ['up/chat', 'lane:main', 'main']) {
      expect(await failure(await ask({ model, input: 'a' }))).toMatchObject({
        status: 400,
        code: 'unsupported_parameter',
      });
    }
    for (const model of ['up/vec', 'embeddings']) {
      expect(await failure(await laneway.chat({ model }))).toMatchObject({
        status: 400,
        code: 'unsupported_parameter',
      });
    }
    expect(upstream.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  test('the node needs no declared kind, and the plan can be resolved beforehand', async () => {
    const { laneway, ask } = await setUp({ nodes: { embeddings: { model: 'up/vec' } } });
    expect((await ask({ input: 'a' })).status).toBe(200);
    for (const question of [{ model: 'embeddings' }, { input: 'a' }, { model: 'up/vec', input: ['a'] }]) {
      const { body } = await call(laneway, 'POST', '/api/debug/resolve', question);
      expect(body).toMatchObject({ targets: [{ target: 'up/vec', eligible: true }] });
    }
    const asChat = await call(laneway, 'POST', '/api/debug/resolve', { model: 'embeddings', kind: 'chat' });
    expect(asChat.body).toMatchObject({ targets: [{ target: 'up/vec', code: 'wrong_kind' }] });
  });

  test('a model of both kinds serves both', async () => {
    const { laneway, ask } = await setUp();
    expect((await ask({ model: 'up/both', input: 'a' })).status).toBe(200);
    expect((await laneway.chat({ model: 'up/both' })).status).toBe(200);
  });

  test('a server without the call is rejected with 400', async () => {
    const { ask } = await setUp({
      providers: {
        a: { type: 'anthropic', base_url: 'http://127.0.0.1:1', api_key: 'env:FAKE_KEY', local: true },
      },
      models: { 'a/vec': { kind: 'embeddings' } },
      lanes: { main: {} },
      nodes: {},
    });
    expect(await failure(await ask({ model: 'a/vec', input: 'a' }))).toEqual({
      status: 400,
      code: 'unsupported_parameter',
      param: 'model',
      message: 'the server of a/vec has no equivalent of /v1/embeddings',
    });
  });
});

describe('what is rejected', () => {
  test.each([
    [{}, 'input'],
    [{ input: [] }, 'input'],
    [{ input: { text: 'a' } }, 'input'],
    [{ input: 'a', dimensions: 0 }, 'dimensions'],
    [{ input: 'a', model: 7 }, 'model'],
  ])('%j is 400 with the field at fault', async (body, param) => {
    const { ask } = await setUp();
    expect(await failure(await ask(body))).toMatchObject({ status: 400, code: 'invalid_body', param });
  });

  test('an input that exceeds every target’s window is 400; many short ones are not', async () => {
    const models = { 'up/vec': { kind: 'embeddings', capabilities: { context_length: 100 } } };
    const { ask } = await setUp({ models, nodes: {}, lanes: { main: {} } });
    const reply = await ask({ model: 'up/vec', input: ['a', 'x'.repeat(4000)] });
    expect(await failure(reply)).toMatchObject({ status: 400, code: 'context_length_exceeded' });
    const short = Array.from({ length: 100 }, () => 'x'.repeat(40));
    expect((await ask({ model: 'up/vec', input: short })).status).toBe(200);
  });

  test('wire case 173: a size that the server ignored is 400, without a fallback', async () => {
    const { laneway, ask } = await setUp();
    const reply = await ask({ input: 'a', dimensions: 64 });
    expect(await failure(reply)).toMatchObject({ status: 400, code: 'unsupported_parameter' });
    const trace = await laneway.trace(reply);
    expect(trace.attempts).toMatchObject([{ target: 'up/vec', class: 'bad_request' }]);
    expect(trace.attempts[0]?.message).toContain("'dimensions': vectors of 2 numbers instead of 64");
  });
});

test('a switch of an embeddings node warns that stored vectors become useless', async () => {
  const { laneway, ask } = await setUp();
  const switched = await fetch(`${laneway.url}/api/debug/models/embeddings`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'up', model_id: 'vec-2' }),
  });
  expect(await switched.json()).toMatchObject({ warnings: [{ code: 'vectors_do_not_mix' }] });
  expect((await ask({ input: 'a' })).headers.get('x-laneway-target')).toBe('up/vec-2');
});
