import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

describeWithEngine('a URL of a real llama-server without a type', () => {
  let engine: LlamaServer;
  let laneway: TestGateway;

  beforeAll(async () => {
    engine = await startLlama({ model: 'tiny-random' });
    const bare = { type: 'detect', base_url: engine.url, local: true };
    const providers = { bare, versioned: { ...bare, base_url: `${engine.url}/v1` } };
    const config = { default_lane: 'main', providers, lanes: { main: { preferred: ['bare/tiny-random'] } } };
    laneway = await startGateway({ config, discover: false });
  });
  afterAll(async () => {
    await laneway.stop();
    await engine.stop();
  });

  test.each(['bare', 'versioned'])('is known for what it is, with %s address, and answers', async (id) => {
    const reply = await laneway.chat({ model: `${id}/tiny-random`, max_tokens: 4, seed: 1 });
    expect(reply.status).toBe(200);
    await reply.arrayBuffer();
    const { snapshot } = laneway.app.registry;
    expect(snapshot.providers.get(id)?.type).toBe('llamacpp');
    expect(snapshot.models.get(`${id}/tiny-random`)?.capabilities.context_length).toBeGreaterThan(0);
  });

  test('answers to no other name', async () => {
    expect((await laneway.chat({ model: 'bare/other', max_tokens: 4 })).status).toBe(404);
  });
});
