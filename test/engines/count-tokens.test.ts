import { afterAll, beforeAll, expect, test } from 'vitest';

import { startGateway, type TestGateway } from '../support/gateway.ts';
import { describeWithEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';

describeWithEngine('count_tokens with a real llama-server', () => {
  let engine: LlamaServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    engine = await startLlama({ model: 'smollm2-135m-tools' });
    gateway = await startGateway({
      config: {
        default_lane: 'main',
        providers: {
          llamacpp: { type: 'llamacpp', base_url: engine.url },
          plain: { type: 'openai_compatible', base_url: `${engine.url}/v1`, local: true },
        },
        lanes: { main: { preferred: ['llamacpp/smollm2-135m-tools'] } },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    await engine.stop();
  });

  const TOOL = { name: 'look', description: 'Looks.', input_schema: { type: 'object', properties: {} } };
  const QUESTION = [{ role: 'user', content: 'What is the capital of France? Answer in one word.' }];
  const LONG = [
    { role: 'user', content: 'for (let index = 0; index < words.length; index += 1) {}\n'.repeat(50) },
  ];

  const PROMPTS: [string, object][] = [
    ['a question', { system: 'You are brief.', messages: QUESTION }],
    ['a question with a tool', { messages: QUESTION, tools: [TOOL] }],
    ['code', { messages: LONG }],
  ];

  async function count(url: string, model: string, prompt: object): Promise<number> {
    const reply = await fetch(`${url}/v1/messages/count_tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, ...prompt }),
    });
    expect(reply.status).toBe(200);
    return ((await reply.json()) as { input_tokens: number }).input_tokens;
  }

  test.each(PROMPTS)('of %s is the engine’s own', async (_, prompt) => {
    const own = await count(engine.url, 'smollm2-135m-tools', prompt);
    expect(await count(gateway.url, 'llamacpp/smollm2-135m-tools', prompt)).toBe(own);
  });

  test.each(PROMPTS)('wire case 139: of %s the estimate in its place is not lower', async (_, prompt) => {
    const own = await count(engine.url, 'smollm2-135m-tools', prompt);
    const estimate = await count(gateway.url, 'plain/smollm2-135m-tools', prompt);
    expect(estimate).toBeGreaterThanOrEqual(own);
    expect(estimate).toBeLessThan(own * 2 + 300);
  });
});
