import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithEngine, type LlamaServer, startLlama } from '../support/engines/engines.ts';

const question = {
  messages: [{ role: 'user', content: 'Name the capital of France.' }],
  temperature: 0,
  max_tokens: 12,
};

async function ask(server: LlamaServer, body: object): Promise<Response> {
  return await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
}

/** Not Laneway yet: that the engines which later tests lean on are what those tests believe. */
describeWithEngine('a real llama-server', () => {
  let real: LlamaServer;
  let tiny: LlamaServer;

  beforeAll(async () => {
    [real, tiny] = await Promise.all([
      startLlama({ model: 'smollm2-135m' }),
      startLlama({ model: 'tiny-random' }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([real.stop(), tiny.stop()]);
  });

  test('answers a question with sense', async () => {
    const reply = await (await ask(real, question)).json();
    expect(reply).toMatchObject({
      model: 'smollm2-135m',
      choices: [{ message: { role: 'assistant', content: expect.stringContaining('Paris') } }],
      usage: { completion_tokens: expect.any(Number) },
    });
  });

  test('streams nonsense with a finish reason, the usage that was asked for, and one end mark', async () => {
    const asked = { ...question, stream: true, stream_options: { include_usage: true } };
    const text = await (await ask(tiny, asked)).text();
    expect(text).toMatch(/"finish_reason":"(length|stop)"/);
    expect(text).toContain('"usage":{"completion_tokens":12');
    expect(text.match(/data: \[DONE\]/g)).toHaveLength(1);
  });

  test('is gone after stop, and answers on the same port after restart', async () => {
    const before = tiny.pid;
    await tiny.stop();
    await expect(ask(tiny, question)).rejects.toThrow('fetch failed');
    await tiny.restart();
    expect(tiny.pid).not.toBe(before);
    expect((await ask(tiny, question)).status).toBe(200);
  });
});
