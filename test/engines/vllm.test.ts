import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startGateway, type TestGateway } from '../support/gateway.ts';
import {
  describeWithVllm,
  vllmWithoutTools,
  vllmWithTools,
  type VllmServer,
} from '../support/engines/vllm.ts';

/** Laneway in front of one vLLM, with the clients of both vendors. */
interface Setting {
  readonly laneway: TestGateway;
  readonly openAi: OpenAI;
  readonly anthropic: Anthropic;
  /** `v/…`: its model through its chat API; `m/…`: the same through its own /v1/messages. */
  readonly model: string;
  readonly messagesModel: string;
  /** Of its model, in tokens. */
  readonly window: number;
}

const KEY_OF_CLIENT = 'sk-ant-fake-of-the-client';
const WEATHER = 'get_weather for Paris?';
const SCHEMA = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };
const OPENAI_TOOL = {
  type: 'function' as const,
  function: { name: 'get_weather', description: 'The current weather of a city', parameters: SCHEMA },
};
const ANTHROPIC_TOOL = { name: 'get_weather', description: 'The weather of a city', input_schema: SCHEMA };

async function start({ url, key }: VllmServer): Promise<Setting> {
  const list = await fetch(`${url}/v1/models`, {
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
  });
  const { data } = (await list.json()) as { data: { id: string; max_model_len: number }[] };
  const [{ id, max_model_len: window } = { id: '', max_model_len: 0 }] = data;
  const laneway = await startGateway({
    config: {
      default_lane: 'main',
      providers: {
        v: { type: 'vllm', base_url: `${url}/v1`, ...(key === null ? {} : { api_key: 'env:VLLM_KEY' }) },
        // Without a key of its own it would not be called at all; vLLM without --api-key takes any.
        m: { type: 'anthropic', base_url: url, api_key: 'env:VLLM_KEY', local: true },
      },
      models: { 'v/no-such-model': {}, [`m/${id}`]: {} },
      lanes: { main: { preferred: [`v/${id}`] } },
    },
    variables: { VLLM_KEY: key ?? 'sk-fake-unused' },
  });
  return {
    laneway,
    openAi: new OpenAI({ baseURL: `${laneway.url}/v1`, apiKey: 'sk-fake-unused', maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: laneway.url, apiKey: KEY_OF_CLIENT, maxRetries: 0 }),
    model: `v/${id}`,
    messagesModel: `m/${id}`,
    window,
  };
}

const user = (content: string): { role: 'user'; content: string }[] => [{ role: 'user', content }];

/** One token per two bytes: Laneway's estimate is half of it, so the request is sent. */
const tooLong = (window: number): string => 'a '.repeat(Math.round(window * 1.3)).trim();

async function refusalOf(asked: Promise<unknown>): Promise<{ status: number; message: string }> {
  const error: unknown = await asked.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OpenAI.APIError || error instanceof Anthropic.APIError) {
    return { status: Number(error.status), message: error.message };
  }
  throw new Error('no refusal', { cause: error });
}

const TIMEOUT_MS = 60_000;

describeWithVllm('a real vLLM', vllmWithTools, (server) => {
  let it: Setting;
  beforeAll(async () => {
    it = await start(server);
  });
  afterAll(() => it.laneway.stop());

  test('a prompt over the window is 400 for each kind of client, and Claude Code would compact', async () => {
    const { openAi, anthropic, model, window } = it;
    const messages = user(tooLong(window));
    for (const stream of [false, true]) {
      const chat = openAi.chat.completions.create({ model, messages, max_tokens: 8, stream });
      expect(await refusalOf(chat)).toMatchObject({
        status: 400,
        message: expect.stringContaining(`maximum context length is ${window} tokens`),
      });
      const message = anthropic.messages.create({ model, messages, max_tokens: 8, stream });
      expect(await refusalOf(message)).toMatchObject({
        status: 400,
        message: expect.stringContaining(`prompt is too long: ${window + 1} tokens > ${window} maximum`),
      });
    }
    const completion = openAi.completions.create({ model, prompt: tooLong(window), max_tokens: 8 });
    expect((await refusalOf(completion)).message).toContain('maximum context length is');
  });

  test(
    'a limit of the output above the window is lowered to what fits, with a warning',
    async () => {
      const { openAi, model, window } = it;
      const { response } = await openAi.chat.completions
        .create({ model, messages: user('Say hi.'), max_tokens: window + 1000, temperature: 0, stop: [' '] })
        .withResponse();
      expect(response.headers.get('x-laneway-warnings')).toContain(`max_tokens (${window + 1000} to `);
    },
    TIMEOUT_MS,
  );

  test('a model that it does not have is 404 in its words', async () => {
    const { openAi, anthropic } = it;
    const asked = { model: 'v/no-such-model', messages: user('Hi'), max_tokens: 4 };
    const asks = [() => openAi.chat.completions.create(asked), () => anthropic.messages.create(asked)];
    for (const ask of asks) {
      expect(await refusalOf(ask())).toMatchObject({
        status: 404,
        message: expect.stringContaining('The model `no-such-model` does not exist'),
      });
    }
  });

  test(
    'a named tool is called, and ends as a tool call',
    async () => {
      const { openAi, anthropic, model } = it;
      const called = await openAi.chat.completions.create({
        model,
        messages: user(WEATHER),
        max_tokens: 80,
        temperature: 0,
        tools: [OPENAI_TOOL],
        tool_choice: { type: 'function', function: { name: 'get_weather' } },
      });
      expect(called.choices[0]).toMatchObject({
        finish_reason: 'tool_calls',
        message: { tool_calls: [{ function: { name: 'get_weather' } }] },
      });
      const used = await anthropic.messages
        .stream({
          model,
          messages: user(WEATHER),
          max_tokens: 80,
          tools: [ANTHROPIC_TOOL],
          tool_choice: { type: 'tool', name: 'get_weather' },
        })
        .finalMessage();
      expect(used.stop_reason).toBe('tool_use');
      expect(used.content).toMatchObject([
        { type: 'tool_use', name: 'get_weather', input: expect.any(Object) },
      ]);
    },
    TIMEOUT_MS,
  );

  test.skipIf(server.key === null)(
    `the x-api-key of an Anthropic client is not passed on; the server gets its own key${server.key === null ? ' (LANEWAY_TEST_VLLM_KEY is not set)' : ''}`,
    async () => {
      const { anthropic, model } = it;
      const direct = await fetch(`${server.url}/v1/models`, { headers: { 'x-api-key': server.key ?? '' } });
      expect(direct.status).toBe(401);
      const { content } = await anthropic.messages.create({ model, messages: user('Hi'), max_tokens: 4 });
      expect(content.length).toBeLessThanOrEqual(1);
    },
    TIMEOUT_MS,
  );
});

describeWithVllm('a real vLLM without options for tools', vllmWithoutTools, (server) => {
  let it: Setting;
  beforeAll(async () => {
    it = await start(server);
  });
  afterAll(() => it.laneway.stop());

  test('tools are 400, and the message names the options that the server lacks', async () => {
    const { openAi, anthropic, model, messagesModel } = it;
    const asked = { messages: user(WEATHER), max_tokens: 8 };
    const auto = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set';
    for (const ask of [
      () => openAi.chat.completions.create({ ...asked, model, tools: [OPENAI_TOOL] }),
      () => anthropic.messages.create({ ...asked, model, tools: [ANTHROPIC_TOOL] }),
    ]) {
      const { status, message } = await refusalOf(ask());
      expect(status).toBe(400);
      expect(message.replaceAll('\\"', '"')).toContain(auto);
    }
    const named = {
      ...asked,
      tools: [ANTHROPIC_TOOL],
      tool_choice: { type: 'tool' as const, name: 'get_weather' },
    };
    for (const through of [model, messagesModel]) {
      const { status, message } = await refusalOf(anthropic.messages.create({ ...named, model: through }));
      expect(status).toBe(400);
      expect(message).toContain('requires --tool-call-parser to be set');
      expect(message).toContain('invalid_request_error');
    }
  });

  test.skipIf(server.key !== null)(
    'its own /v1/messages gives Anthropic’s clients "prompt is too long" too',
    async () => {
      const { anthropic, messagesModel, window } = it;
      const asked = { model: messagesModel, messages: user(tooLong(window)), max_tokens: 8 };
      expect((await refusalOf(anthropic.messages.create(asked))).message).toContain(
        `prompt is too long: ${window + 1} tokens > ${window} maximum`,
      );
    },
  );
});
