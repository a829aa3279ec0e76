import { afterEach, expect, test } from 'vitest';

import { startGateway, type TestGateway } from '../support/gateway.ts';
import { call, ended, stopAll } from './operator.ts';

afterEach(stopAll);

/** Nodes of both kinds; the cloud has no key, the local model can do both. */
async function setUp(): Promise<TestGateway> {
  const config = {
    default_lane: 'main',
    providers: {
      sky: { type: 'openai', api_key: 'env:NO_SUCH_KEY' },
      up: { type: 'openai_compatible', base_url: 'http://127.0.0.1:2/v1', local: true },
    },
    models: { 'up/both': { capabilities: { supports_tools: true, supports_embeddings: true } } },
    lanes: { main: { preferred: ['sky/gpt'] } },
    nodes: {
      embeddings: { kind: 'embeddings', model: 'sky/vec' },
      vectors: { kind: 'embeddings', model: 'up/both' },
      evaluate: { model: 'sky/gpt' },
      both: { model: 'up/both' },
      plan: { lane: 'main' },
    },
  };
  return ended(await startGateway({ config, discover: false }));
}

const messages = [{ role: 'user', content: 'Hello?' }];

test.each([
  ['/v1/chat/completions', 'embeddings', { messages }],
  ['/v1/chat/completions', 'vectors', { messages }],
  ['/v1/chat/completions', 'node:embeddings', { messages, stream: true }],
  ['/v1/completions', 'embeddings', { prompt: 'Once' }],
  ['/v1/messages', 'embeddings', { messages, max_tokens: 9 }],
  ['/v1/embeddings', 'evaluate', { input: 'a' }],
  ['/v1/embeddings', 'both', { input: 'a' }],
  ['/v1/embeddings', 'plan', { input: 'a' }],
])('%s to the node %s is 400, whether or not a key is set', async (path, model, body) => {
  const laneway = await setUp();
  const reply = await fetch(laneway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, ...body }),
  });
  const { error } = (await reply.json()) as { error: { code?: string; message: string } };
  expect(reply.status).toBe(400);
  if (path !== '/v1/messages') expect(error.code).toBe('unsupported_parameter');
  const [serves, use] = path === '/v1/embeddings' ? ['chat', 'embeddings'] : ['embeddings', 'chat'];
  expect(error.message).toContain(`"${model.replace('node:', '')}" serves ${serves}, not ${use}`);
  expect(error.message).not.toContain('NO_SUCH_KEY');
});

test('a model of the wrong kind is 400 without its key too', async () => {
  const laneway = await setUp();
  const reply = await laneway.chat({ model: 'sky/vec' });
  expect(reply.status).toBe(400);
});

test('the plan of a node of another kind can be seen, with all targets excluded', async () => {
  const laneway = await setUp();
  const { status, body } = await call(laneway, 'POST', '/api/debug/resolve', { model: 'vectors', messages });
  expect(status).toBe(200);
  expect(body).toMatchObject({ targets: [{ target: 'up/both', eligible: false, code: 'wrong_kind' }] });
});
