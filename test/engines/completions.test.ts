import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';
import { describeWithOllama, startOllama, type Ollama } from '../support/engines/ollama.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const ASKED = { model: 'auto', prompt: 'The capital of France is', max_tokens: 6, temperature: 0 };

const client = ({ url }: TestGateway): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-fake-unused', maxRetries: 0 });

/** What holds of either engine. */
function completes(gateway: () => TestGateway): void {
  test('the Node client gets the same text whole and streamed, and its tokens are recorded', async () => {
    const { data: whole, response } = await client(gateway()).completions.create(ASKED).withResponse();
    const text = whole.choices[0]?.text ?? '';
    expect(text).toMatch(/\S/);
    expect(whole).toMatchObject({
      object: 'text_completion',
      choices: [{ index: 0, finish_reason: 'length' }],
    });
    expect(whole.usage?.completion_tokens).toBe(6);
    expect((await gateway().trace(response)).usage.output_tokens).toBe(6);

    const stream = await client(gateway()).completions.create({ ...ASKED, stream: true });
    const pieces: string[] = [];
    let finish: string | null = null;
    for await (const chunk of stream) {
      expect(chunk).not.toHaveProperty('usage.total_tokens');
      pieces.push(chunk.choices[0]?.text ?? '');
      finish = chunk.choices[0]?.finish_reason ?? finish;
    }
    expect([pieces.join(''), finish]).toEqual([text, 'length']);
    expect(pieces.length).toBeGreaterThan(3);
  });
}

describeWithEngine('completions of a real llama-server', () => {
  let llama: LlamaServer;
  let laneway: TestGateway;
  beforeAll(async () => {
    llama = await startLlama({ model: 'smollm2-135m' });
    laneway = await startGateway({
      config: {
        default_lane: 'main',
        providers: { llama: { type: 'llamacpp', base_url: llama.url } },
        lanes: { main: { preferred: ['llama/smollm2-135m'] } },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await laneway.stop();
    await llama.stop();
  });

  completes(() => laneway);

  test('two prompts are two choices, whole too, though the server is asked for a stream', async () => {
    const { choices } = await client(laneway).completions.create({ ...ASKED, prompt: ['One', 'Two'] });
    expect(choices.map(({ index }) => index)).toEqual([0, 1]);
  });
});

describeWithOllama('completions of a real Ollama', () => {
  let ollama: Ollama;
  let laneway: TestGateway;
  beforeAll(async () => {
    ollama = await startOllama(['smollm2-135m']);
    laneway = await startGateway({
      config: {
        default_lane: 'main',
        providers: { ollama: { type: 'ollama', base_url: ollama.url } },
        lanes: { main: { preferred: ['ollama/smollm2-135m'] } },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await laneway.stop();
    await ollama.stop();
  });

  completes(() => laneway);

  test('wire case 177: a list of prompts is 400 with the reason', async () => {
    const failed = client(laneway).completions.create({ ...ASKED, prompt: ['One', 'Two'] });
    await expect(failed).rejects.toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
      param: 'prompt',
    });
  });
});
