import { afterEach, describe, expect, test } from 'vitest';
import { json, sse, text } from '../../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { chunk } from '../../support/wire.ts';

/*
 * Ollama cuts a prompt that is too long, and tells only by its count: the recorded replies of v0.17.4 to 12,000
 * characters in a context of 2,048 tokens have `prompt_eval_count` and `prompt_tokens` 2048.
 */

const WINDOW = 2048;
/** About 2,400 tokens: too many, but not so many that no request is made. */
const LONG = [{ role: 'user', content: 'word '.repeat(2400) }];

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

const LIST: Readonly<Record<string, unknown>> = {
  '/api/version': { version: '0.17.4' },
  '/api/tags': {
    models: [{ name: 'm:latest', model: 'm:latest', digest: 'd', capabilities: ['completion'] }],
  },
  '/api/ps': { models: [{ name: 'm:latest', model: 'm:latest', digest: 'd', context_length: WINDOW }] },
};

async function gateway(
  answer: (request: FakeRequest) => Reply,
): Promise<{ laneway: TestGateway; ollama: FakeUpstream }> {
  const ollama = await startFakeUpstream((request) => {
    const listed = LIST[request.path];
    return listed === undefined ? answer(request) : json(200, listed);
  });
  const b = await startFakeUpstream(chatScript(() => json(200, completion('from b'))));
  const laneway = await startGateway({
    config: {
      default_lane: 'main',
      providers: {
        o: { type: 'ollama', base_url: ollama.url },
        b: { type: 'openai_compatible', base_url: `${b.url}/v1`, local: true },
      },
      models: { 'b/m': { capabilities: { context_length: 32_768 } } },
      lanes: { main: { preferred: ['o/m:latest', 'b/m'] } },
    },
  });
  running.push({ stop: () => ollama.close() }, { stop: () => b.close() }, laneway);
  return { laneway, ollama };
}

const counted = (tokens: number): Record<string, unknown> => ({
  ...completion('from a cut prompt'),
  model: 'm:latest',
  usage: { prompt_tokens: tokens, completion_tokens: 3, total_tokens: tokens + 3 },
});

describe('a prompt that Ollama has cut', () => {
  test('is a failure before the commit: the next target with a larger window answers', async () => {
    const { laneway } = await gateway(() => json(200, counted(WINDOW)));
    const reply = await laneway.chat({ model: 'main', messages: LONG, logprobs: true });
    expect(await reply.json()).toMatchObject({ choices: [{ message: { content: 'from b' } }] });
    const [attempt] = (await laneway.trace(reply)).attempts;
    expect(attempt).toMatchObject({ target: 'o/m:latest', class: 'context_overflow' });
    expect(attempt?.message).toContain('cut the prompt to its context of 2048 tokens');
  });

  test('is an error where no other target is left', async () => {
    const { laneway } = await gateway(() => json(200, counted(WINDOW)));
    const reply = await laneway.chat({ model: 'o/m:latest', messages: LONG, logprobs: true });
    expect([reply.status, await reply.json()]).toMatchObject([
      400,
      { error: { code: 'context_length_exceeded' } },
    ]);
  });

  test('is a warning in the trace of a stream that has begun', async () => {
    const first = chunk({ role: 'assistant', content: 'hi' }).slice('data: '.length).trim();
    const finish = chunk({}, 'stop').slice('data: '.length).trim();
    const usage = JSON.stringify({ ...counted(WINDOW), object: 'chat.completion.chunk', choices: [] });
    const { laneway } = await gateway(() => sse([first, finish, usage, '[DONE]'], { delayMs: 30 }));
    const reply = await laneway.chat({ model: 'o/m:latest', messages: LONG, logprobs: true, stream: true });
    expect(await reply.text()).toContain('[DONE]');
    expect((await laneway.trace(reply)).warnings).toContainEqual({
      code: 'prompt_truncated',
      detail: 'o/m:latest 2048',
    });
  });

  test.each([
    ['a count below the window', LONG, WINDOW - 1],
    ['an estimate below the count', [{ role: 'user', content: 'hi' }], WINDOW],
  ])('%s shows nothing', async (_, messages, tokens) => {
    const { laneway } = await gateway(() => json(200, counted(tokens)));
    const reply = await laneway.chat({ model: 'o/m:latest', messages, logprobs: true });
    expect(reply.status).toBe(200);
    expect((await laneway.trace(reply)).warnings).toEqual([]);
  });
});

test('wire case 158: a prompt that Ollama’s own API refuses goes to a target with a larger window', async () => {
  const { laneway, ollama } = await gateway(() =>
    json(400, { error: 'the input length exceeds the context length' }),
  );
  const reply = await laneway.chat({ model: 'main', messages: LONG });
  expect(await reply.json()).toMatchObject({ choices: [{ message: { content: 'from b' } }] });
  const asked = ollama.requests.find(({ path }) => path === '/api/chat');
  expect(asked?.json()).toMatchObject({ model: 'm:latest', stream: false, truncate: false, shift: false });
});

test('wire case 150: an error in the middle of a stream of Ollama reaches the client', async () => {
  const lines = [
    { model: 'm', message: { role: 'assistant', content: 'Hel' }, done: false },
    { error: 'an error was encountered while running the model: unexpected EOF' },
  ];
  const body = lines.map((each) => `${JSON.stringify(each)}\n`).join('');
  const { laneway } = await gateway(() => text(200, body, { 'content-type': 'application/x-ndjson' }));
  const reply = await laneway.chat({ model: 'o/m:latest', stream: true });
  const streamed = await reply.text();
  expect(streamed).toContain('Hel');
  expect(streamed).toContain('unexpected EOF');
  expect((await laneway.trace(reply)).attempts).toMatchObject([{ class: 'started' }]);
});
