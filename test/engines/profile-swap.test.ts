import { afterAll, beforeAll, expect, test } from 'vitest';

import { call } from '../http/operator.ts';
import { describeWithEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

describeWithEngine('profiles over two llama-servers', () => {
  let first: LlamaServer;
  let second: LlamaServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    const args = ['-np', '8', '-c', '8192'];
    first = await startLlama({ model: 'smollm2-135m', args });
    second = await startLlama({ model: 'tiny-random', args });
    gateway = await startGateway({
      config: {
        default_lane: 'main',
        providers: {
          first: { type: 'llamacpp', base_url: first.url },
          second: { type: 'llamacpp', base_url: second.url },
        },
        lanes: { main: { preferred: ['first/smollm2-135m'] } },
        nodes: { evaluate: { lane: 'main' } },
      },
      files: { 'user_profiles/quick.json': { lanes: { main: { preferred: ['second/tiny-random'] } } } },
    });
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    await first.stop();
    await second.stop();
  });

  test('a swap under 50 open streams breaks none of them, and is one generation', async () => {
    const stream = async (): Promise<string[]> => {
      const reply = await gateway.chat({ model: 'evaluate', stream: true, max_tokens: 48, seed: 1 });
      const text = await reply.text();
      const generation = reply.headers.get('x-laneway-generation') ?? '';
      const isWhole = /"finish_reason":"\w+"/.test(text) && text.trimEnd().endsWith('data: [DONE]');
      return [generation, reply.headers.get('x-laneway-target') ?? '', isWhole ? 'whole' : text];
    };
    const before = Array.from({ length: 25 }, stream);
    await expect.poll(() => gateway.app.recorder.running, { interval: 5 }).toBe(25);
    const swapped = await call(gateway, 'POST', '/api/profiles/quick/activate');
    expect(swapped.body).toEqual({ active: 'quick', generation: 2, warnings: [] });
    const after = Array.from({ length: 25 }, stream);
    const expected = (generation: string, target: string): string[][] =>
      Array.from({ length: 25 }, () => [generation, target, 'whole']);
    expect(await Promise.all(before)).toEqual(expected('1', 'first/smollm2-135m'));
    expect(await Promise.all(after)).toEqual(expected('2', 'second/tiny-random'));
  }, 120_000);
});
