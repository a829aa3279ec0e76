import { afterEach, describe, expect, test } from 'vitest';

import { json, text } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { fixture } from '../../support/wire.ts';

/*
 * What a client is sent when a vLLM answers as the real one did: 0.32.0 on a CPU, recorded on 2026-11-29.
 */

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function upstream(answer: Reply): Promise<FakeUpstream> {
  const server = await startFakeUpstream(chatScript(() => answer));
  running.push({ stop: () => server.close() });
  return server;
}

/** Lane `main`: a vLLM with this answer, then one that answers "from b". Provider `m` has vLLM's own /v1/messages. */
async function gateway(answer: Reply): Promise<{ laneway: TestGateway; vllm: FakeUpstream }> {
  const vllm = await upstream(answer);
  const b = await upstream(json(200, completion('from b')));
  const config = {
    default_lane: 'main',
    providers: {
      v: { type: 'vllm', base_url: `${vllm.url}/v1`, api_key: 'env:VLLM_KEY' },
      m: { type: 'anthropic', base_url: vllm.url, api_key: 'env:VLLM_KEY', local: true },
      b: { type: 'openai_compatible', base_url: `${b.url}/v1`, local: true },
    },
    models: { 'm/m': {} },
    lanes: { main: { preferred: ['v/m', 'b/m'] } },
  };
  const laneway = await startGateway({ config, variables: { VLLM_KEY: 'sk-fake-vllm' } });
  running.push(laneway);
  return { laneway, vllm };
}

function messages(laneway: TestGateway, body: object, headers: object = {}): Promise<Response> {
  return fetch(`${laneway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ max_tokens: 50, messages: [{ role: 'user', content: 'Hello?' }], ...body }),
  });
}

const recorded = (file: string): Reply =>
  file.endsWith('.sse')
    ? text(200, fixture(file), { 'content-type': 'text/event-stream; charset=utf-8' })
    : text(200, fixture(file), { 'content-type': 'application/json' });

const refusal = (message: string, param: string | null = null): Reply =>
  json(400, { error: { message, type: 'BadRequestError', param, code: 400 } });

const NOTHING_LEFT = 'max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)';

describe('a limit of the output', () => {
  test('of 0 is the fault of the client, although vLLM refuses a prompt as long as its window in the same words', async () => {
    const { laneway } = await gateway(refusal(NOTHING_LEFT, 'max_tokens'));
    const none = await laneway.chat({ model: 'main', max_tokens: 0 });
    expect([none.status, await none.json()]).toMatchObject([400, { error: { message: NOTHING_LEFT } }]);
    expect((await laneway.trace(none)).attempts).toMatchObject([{ class: 'bad_request' }]);
    const anthropic = await messages(laneway, { model: 'v/m', max_tokens: 0 });
    expect(await anthropic.json()).toMatchObject({ error: { message: NOTHING_LEFT } });

    const full = await laneway.chat({ model: 'main', max_tokens: 8 });
    expect(full.headers.get('x-laneway-target')).toBe('b/m');
    expect((await laneway.trace(full)).attempts[0]).toMatchObject({ class: 'context_overflow' });
    const alone = await messages(laneway, { model: 'v/m' });
    expect(await alone.text()).toContain('"message":"prompt is too long: ');
  });

  test('above the whole window is no prompt that is too long, and the next request fits', async () => {
    const { laneway, vllm } = await gateway(
      refusal(
        'max_tokens=5000 cannot be greater than max_model_len=1024. Please request fewer output tokens. (parameter=max_tokens, value=5000)',
        'max_tokens',
      ),
    );
    const refused = await messages(laneway, { model: 'v/m', max_tokens: 5000 });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      {
        error: {
          type: 'invalid_request_error',
          message: expect.stringMatching(/^max_tokens: 5000 > 1024, which is the size of the context; /),
        },
      },
    ]);
    await messages(laneway, { model: 'v/m', max_tokens: 5000 });
    expect(vllm.requests.at(-1)?.json()).toMatchObject({ max_tokens: 1021 });
  });

  test('above the window is recognised in the words of its /v1/messages too', async () => {
    const message =
      'max_completion_tokens=5000 cannot be greater than max_model_len=1024. Please request fewer output tokens. (parameter=max_completion_tokens, value=5000)';
    const { laneway } = await gateway(
      json(400, { type: 'error', error: { type: 'BadRequestError', message } }),
    );
    const refused = await messages(laneway, { model: 'm/m', max_tokens: 5000 });
    expect(await refused.json()).toMatchObject({
      error: { type: 'invalid_request_error', message: expect.stringMatching(/^max_tokens: 5000 > 1024, /) },
    });
    expect((await laneway.trace(refused)).attempts).toMatchObject([{ class: 'context_overflow' }]);
  });
});

test.each([
  [404, 'NotFoundError', 'The model `m` does not exist. Valid aliases: smollm2-135m.', 'not_found_error'],
  [
    400,
    'BadRequestError',
    'tool_choice="required" requires --tool-call-parser to be set',
    'invalid_request_error',
  ],
  [
    503,
    'Service Unavailable',
    'The engine is currently busy and cannot accept new requests.',
    'overloaded_error',
  ],
])(
  'an error %i of its /v1/messages gets a type that Anthropic’s clients know, and keeps its words',
  async (status, type, message, known) => {
    const { laneway } = await gateway(json(status, { type: 'error', error: { type, message } }));
    const reply = await messages(laneway, { model: 'm/m' });
    expect([reply.status, await reply.json()]).toMatchObject([
      status,
      { error: { type: known, message: expect.stringContaining(message) }, request_id: expect.any(String) },
    ]);
  },
);

test('tools for a server without its parser options: the client reads which options are missing', async () => {
  const message = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set';
  const { laneway } = await gateway(refusal(message));
  const tool = { name: 'get_weather', input_schema: { type: 'object', properties: {} } };
  const reply = await messages(laneway, { model: 'v/m', tools: [tool] });
  expect([reply.status, await reply.json()]).toMatchObject([
    400,
    { error: { type: 'invalid_request_error', message } },
  ]);
});

test('a named tool, whose call vLLM ends with "stop", ends as a tool call for both kinds of client', async () => {
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }];
  const tool_choice = { type: 'function', function: { name: 'get_weather' } };
  const theirs = {
    tools: [{ name: 'get_weather', input_schema: { type: 'object' } }],
    tool_choice: { type: 'tool', name: 'get_weather' },
  };
  for (const [file, stream] of [
    ['vllm/tool-named.json', false],
    ['vllm/tool-named.sse', true],
  ] as const) {
    expect(fixture(file).toString()).toContain('"finish_reason":"stop"');
    const { laneway } = await gateway(recorded(file));
    const openAi = await (await laneway.chat({ model: 'v/m', stream, tools, tool_choice })).text();
    expect(openAi).toContain('"finish_reason":"tool_calls"');
    const anthropic = await (await messages(laneway, { model: 'v/m', stream, ...theirs })).text();
    expect(anthropic).toContain('"stop_reason":"tool_use"');
    expect(anthropic).toMatch(/"name":"get_weather"/);
  }
});

test.each(['vllm/engine-died.sse', 'vllm/aborted.sse'])(
  'a stream that breaks off in the middle ends with an error and without an end mark: %s',
  async (file) => {
    expect(fixture(file).toString()).toContain('data: [DONE]');
    const { laneway } = await gateway(recorded(file));
    const reply = await laneway.chat({ model: 'main', stream: true });
    const openAi = await reply.text();
    expect(openAi).toContain('"error":{');
    expect(openAi).not.toContain('[DONE]');
    expect(openAi).not.toContain('from b');
    expect((await laneway.trace(reply)).attempts).toMatchObject([{ class: 'started' }]);
    const anthropic = await (await messages(laneway, { model: 'main', stream: true })).text();
    expect(anthropic).toContain('event: error');
    expect(anthropic).not.toContain('message_stop');
  },
);

test('a whole reply that was aborted is answered by the next target', async () => {
  const { laneway } = await gateway(recorded('vllm/aborted.json'));
  const reply = await laneway.chat({ model: 'main' });
  expect(reply.headers.get('x-laneway-target')).toBe('b/m');
  expect((await laneway.trace(reply)).attempts[0]).toMatchObject({ class: 'unanswered', status: 200 });
  expect(await (await messages(laneway, { model: 'main' })).text()).toContain('from b');
});

test.each(['vllm/aborted-completion.sse', 'vllm/aborted-completion.json'])(
  'a completion that was aborted is never a whole one: %s',
  async (file) => {
    const { laneway } = await gateway(recorded(file));
    const reply = await fetch(`${laneway.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'v/m', prompt: 'Once', max_tokens: 50, stream: file.endsWith('.sse') }),
    });
    const answer = await reply.text();
    expect(answer).toContain('"code":"upstream_disconnected"');
    expect(answer).not.toContain('[DONE]');
  },
);

test('the key of an Anthropic client is replaced by that of the server, as a bearer token', async () => {
  const { laneway, vllm } = await gateway(json(200, completion('Paris.')));
  const reply = await messages(laneway, { model: 'v/m' }, { 'x-api-key': 'sk-ant-fake-of-the-client' });
  expect(await reply.text()).toContain('Paris.');
  const { headers, path } = vllm.requests.at(-1) ?? {};
  expect(path).toBe('/v1/chat/completions');
  expect(headers).toMatchObject({ authorization: 'Bearer sk-fake-vllm' });
  expect(headers).not.toHaveProperty('x-api-key');
});
