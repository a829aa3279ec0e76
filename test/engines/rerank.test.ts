import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const ASKED = { query: 'a cat', documents: ['cats are animals', 'stones fall', 'Grüße 😀'] };

async function post(url: string, body: object): Promise<{ status: number; body: unknown }> {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: reply.status, body: await reply.json() };
}

// MiniLM is no rerank model: its scores mean little, but the server computes and sends them as for one.
describeWithEngine('reranking by a real llama-server', () => {
  let llama: LlamaServer;
  let chat: LlamaServer;
  let laneway: TestGateway;
  beforeAll(async () => {
    llama = await startLlama({ model: 'minilm-l6-v2', args: ['--reranking', '-np', '1'] });
    chat = await startLlama({ model: 'smollm2-135m' });
    laneway = await startGateway({
      config: {
        default_lane: 'main',
        providers: {
          ranks: { type: 'llamacpp', base_url: llama.url },
          chats: { type: 'llamacpp', base_url: chat.url },
        },
        // By its vocabulary it counts as a model for embeddings.
        models: { 'ranks/minilm-l6-v2': { kind: 'rerank' }, 'chats/smollm2-135m': { kind: 'rerank' } },
        lanes: { main: {} },
        nodes: { rerank: { model: 'ranks/minilm-l6-v2' } },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await laneway.stop();
    await llama.stop();
    await chat.stop();
  });

  test.each([
    ['all documents', ASKED],
    ['the best two', { ...ASKED, top_n: 2 }],
    [
      'the form of text-embeddings-inference',
      { query: ASKED.query, texts: ASKED.documents, return_text: true },
    ],
  ])('%s: its own reply gets to the client', async (_name, body) => {
    const direct = await post(`${llama.url}/v1/rerank`, { model: 'minilm-l6-v2', ...body });
    for (const path of ['/v1/rerank', '/rerank', '/v2/rerank']) {
      expect(await post(laneway.url + path, body)).toEqual(direct);
    }
  });

  test('started without `--reranking` it is named in the error', async () => {
    const reply = await post(`${laneway.url}/v1/rerank`, { model: 'chats/smollm2-135m', ...ASKED });
    expect(reply).toMatchObject({ status: 400, body: { error: { code: 'unsupported_parameter' } } });
    expect(JSON.stringify(reply.body)).toContain('--reranking');
  });

  test('documents that it does not take are its 400', async () => {
    const reply = await post(`${laneway.url}/v1/rerank`, { query: 'a', documents: [{ text: 'b' }] });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body)).toContain('non-empty string array');
  });
});
