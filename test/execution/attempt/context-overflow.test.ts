import { afterEach, expect, test } from 'vitest';

import { json, reset } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function upstream(answer: Reply): Promise<FakeUpstream> {
  const server = await startFakeUpstream(chatScript(() => answer));
  running.push({ stop: () => server.close() });
  return server;
}

/** A lane over servers; `windows` in tokens by server, null: unknown. */
async function gateway(
  servers: readonly FakeUpstream[],
  windows: readonly (number | null)[],
): Promise<TestGateway> {
  const models = Object.fromEntries(
    windows.flatMap((window, index) =>
      window === null
        ? []
        : [[`${String.fromCharCode(97 + index)}/m`, { capabilities: { context_length: window } }]],
    ),
  );
  const started = await startGateway({ config: { ...laneOver(servers.map(({ url }) => url)), models } });
  running.push(started);
  return started;
}

const messages = (laneway: TestGateway, content = 'Hello?'): Promise<Response> =>
  fetch(`${laneway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'main', max_tokens: 50, messages: [{ role: 'user', content }] }),
  });

const posts = (server: FakeUpstream): number =>
  server.requests.filter(({ method }) => method === 'POST').length;

const LLAMA = json(400, {
  error: {
    code: 400,
    message: 'request (4349 tokens) exceeds the available context size (2048 tokens), try increasing it',
    type: 'exceed_context_size_error',
    n_prompt_tokens: 4349,
    n_ctx: 2048,
  },
});
const OLLAMA = json(400, { error: 'the input length exceeds the context length' });

test('wire case 170: a prompt too long for one target goes to the one with a larger window only', async () => {
  const a = await upstream(LLAMA);
  const b = await upstream(json(200, completion('from b')));
  const c = await upstream(json(200, completion('from c')));
  const laneway = await gateway([a, b, c], [4096, 2048, 8192]);
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.headers.get('x-laneway-target')).toBe('c/m');
  expect(posts(b)).toBe(0);
  const { attempts } = await laneway.trace(answer);
  expect(attempts).toMatchObject([{ target: 'a/m', class: 'context_overflow' }, { target: 'c/m' }]);
  expect(attempts[0]?.message).toContain('request (4349 tokens) exceeds');
});

test('without a larger window the client gets 400 context_length_exceeded with every reason', async () => {
  const a = await upstream(LLAMA);
  const b = await upstream(json(200, completion('from b')));
  const laneway = await gateway([a, b], [null, 2048]);
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.status).toBe(400);
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  expect(error.code).toBe('context_length_exceeded');
  expect(error.message).toContain(
    'a/m found the prompt too long for its context (400): request (4349 tokens)',
  );
  expect(error.message).toContain('b/m not tried (its context is no larger');
});

test('a target of an unknown window is tried after an overflow', async () => {
  const laneway = await gateway(
    [await upstream(OLLAMA), await upstream(json(200, completion('from b')))],
    [],
  );
  expect((await laneway.chat({ model: 'main' })).headers.get('x-laneway-target')).toBe('b/m');
});

test('a smaller window is not tried either after a larger target has failed in another way', async () => {
  const b = await upstream([reset()]);
  const c = await upstream(json(200, completion('from c')));
  const laneway = await gateway([await upstream(LLAMA), b, c], [null, 8192, 1024]);
  expect((await laneway.chat({ model: 'main' })).status).toBe(502);
  expect(posts(c)).toBe(0);
});

test('clients of Messages read "prompt is too long: N tokens > M maximum" at the beginning, and compact', async () => {
  const laneway = await gateway([await upstream(LLAMA)], []);
  const answer = await messages(laneway);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: {
      type: 'invalid_request_error',
      message: expect.stringMatching(/^prompt is too long: 4349 tokens > 2048 maximum; /),
    },
  });
});

test('where the server names no sizes, the message begins with the phrase alone', async () => {
  const laneway = await gateway([await upstream(OLLAMA)], []);
  expect(await (await messages(laneway)).json()).toMatchObject({
    error: { message: expect.stringMatching(/^prompt is too long: main: a\/m found the prompt too long/) },
  });
});

test("another server's own words on the Messages wire are reworded, those of Anthropic are passed on", async () => {
  const over = async (type: string, message: string): Promise<string> => {
    const server = await upstream(json(400, { type: 'error', error: { type, message } }));
    const config = {
      default_lane: 'main',
      providers: { a: { type: 'anthropic', base_url: server.url, api_key: 'env:K', local: true } },
      lanes: { main: { preferred: ['a/m'] } },
    };
    const laneway = await startGateway({ config, variables: { K: 'sk-fake-1' } });
    running.push(laneway);
    return ((await (await messages(laneway)).json()) as { error: { message: string } }).error.message;
  };
  expect(
    await over(
      'BadRequestError',
      "This model's maximum context length is 1024 tokens. However, your prompt contains at least 1025 input tokens",
    ),
  ).toMatch(/^prompt is too long: 1025 tokens > 1024 maximum; /);
  expect(await over('invalid_request_error', 'prompt is too long: 202609 tokens > 200000 maximum')).toBe(
    'prompt is too long: 202609 tokens > 200000 maximum',
  );
});

test('a window learnt from a refusal is remembered: a longer prompt is not sent there again', async () => {
  const a = await upstream(LLAMA);
  const b = await upstream(json(200, completion('from b')));
  const laneway = await gateway([a, b], [null, 100_000]);
  const long = { model: 'main', messages: [{ role: 'user', content: 'word '.repeat(4000) }] };
  expect((await laneway.chat(long)).headers.get('x-laneway-attempts')).toBe('2');
  const second = await laneway.chat(long);
  expect(second.headers.get('x-laneway-attempts')).toBe('1');
  expect(second.headers.get('x-laneway-target')).toBe('b/m');
  expect((await laneway.trace(second)).plan).toContainEqual(
    expect.objectContaining({ target: 'a/m', code: 'context_too_small' }),
  );
  // Short ones still are.
  expect((await laneway.chat({ model: 'main' })).headers.get('x-laneway-attempts')).toBe('2');
});
