import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import {
  callItem,
  eventValues,
  numbered,
  reasoningItem,
  streamOf,
  textItem,
} from '../support/responses-events.ts';
import { responsesReply, responsesStream } from '../support/responses-upstream.ts';

/** The real SDKs of the other chat wires against models of OpenAI's that speak only the Responses API. */
let upstream: FakeUpstream;
let gateway: TestGateway;
let openai: OpenAI;
let anthropic: Anthropic;
let before = 0;

const MODEL = 'openai/gpt-5-pro';

beforeAll(async () => {
  upstream = await startFakeUpstream(json(404, {}));
  const provider = { type: 'openai', base_url: `${upstream.url}/v1`, api_key: 'env:KEY' };
  gateway = await startGateway({
    discover: false,
    variables: { KEY: 'sk-fake-upstream' },
    config: {
      default_lane: 'main',
      providers: { openai: provider, second: { ...provider } },
      lanes: { main: { preferred: [MODEL, 'second/gpt-5-pro'] } },
    },
  });
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-fake-client', maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: 'sk-fake-client', maxRetries: 0 });
});

beforeEach(() => {
  before = upstream.requests.length;
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

type Json = Readonly<Record<string, unknown>>;

/** What the upstream got in this test. */
const sent = (): { path: string; body: Json }[] =>
  upstream.requests.slice(before).map((request) => ({ path: request.path, body: request.json() as Json }));

const answer = (reply: (request: FakeRequest, nth: number) => Reply): void =>
  upstream.use((request) => reply(request, request.index - before));

const USER = { role: 'user', content: 'hi' } as const;
const LOOK = { name: 'look', description: 'Looks', schema: { type: 'object', properties: {} } } as const;

describe('a chat client of a model that speaks only the Responses API', () => {
  test('gets a whole answer, with its reasoning and usage', async () => {
    answer((request) => responsesReply(request, [reasoningItem(['Hm.']), textItem('Hello')]));
    const reply = await openai.chat.completions.create({ model: MODEL, messages: [USER], max_tokens: 99 });
    expect(reply.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'Hello', reasoning_content: 'Hm.' },
    });
    expect(reply.usage).toMatchObject({
      prompt_tokens: 11,
      completion_tokens: 7,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 3 },
    });
    expect(sent()).toMatchObject([
      { path: '/v1/responses', body: { model: 'gpt-5-pro', store: false, max_output_tokens: 99 } },
    ]);
  });

  test('gets a stream with parallel calls, and sends their results back', async () => {
    answer((request) =>
      responsesReply(request, [
        reasoningItem([], 'gAAA_2'),
        callItem('look', '{"at":"Rome"}'),
        callItem('look', '{"at":"Bonn"}', 'fc_2', 'call_2'),
      ]),
    );
    const tools = [
      {
        type: 'function' as const,
        function: { name: LOOK.name, parameters: LOOK.schema },
      },
    ];
    const stream = openai.chat.completions.stream({ model: MODEL, messages: [USER], tools });
    const reply = await stream.finalChatCompletion();
    const message = reply.choices[0]?.message;
    expect(reply.choices[0]?.finish_reason).toBe('tool_calls');
    expect(message?.tool_calls).toMatchObject([
      { id: 'call_1', function: { name: 'look', arguments: '{"at":"Rome"}' } },
      { id: 'call_2', function: { arguments: '{"at":"Bonn"}' } },
    ]);
    answer((request) => responsesReply(request, [textItem('Sunny.')]));
    const results = ['call_1', 'call_2'].map((id) => ({
      role: 'tool' as const,
      tool_call_id: id,
      content: 'sunny',
    }));
    await openai.chat.completions.create({
      model: MODEL,
      messages: [USER, message as OpenAI.ChatCompletionMessageParam, ...results],
      tools,
    });
    expect((sent().at(-1)?.body['input'] as Json[]).map(({ type }) => type)).toEqual([
      ...['message', 'reasoning', 'function_call', 'function_call'],
      ...['function_call_output', 'function_call_output'],
    ]);
  });

  test('other models of the same server use chat', async () => {
    answer(() =>
      json(200, { choices: [{ message: { role: 'assistant', content: 'a' }, finish_reason: 'stop' }] }),
    );
    await openai.chat.completions.create({ model: 'openai/gpt-5', messages: [USER] });
    expect(sent()).toMatchObject([{ path: '/v1/chat/completions' }]);
  });

  test('a failure inside the stream before any content is served by the next target', async () => {
    answer((request, nth) => {
      if (nth > 0) return responsesReply(request, [textItem('Hello')]);
      const [created] = eventValues([]) as [Json];
      const error = { code: 'server_error', message: 'The server had an error' };
      const failed = {
        type: 'response.failed',
        response: { ...(created['response'] as Json), status: 'failed', error },
      };
      return responsesStream(numbered([created, failed]).join(''));
    });
    const stream = openai.chat.completions.stream({ model: 'lane:main', messages: [USER] });
    expect((await stream.finalChatCompletion()).choices[0]?.message.content).toBe('Hello');
    expect(sent()).toHaveLength(2);
  });

  test('a stream that ends without its last event is an error, not an answer', async () => {
    answer(() => {
      const text = numbered(eventValues([textItem('Hello')]))
        .slice(0, -1)
        .join('');
      return responsesStream(text);
    });
    const stream = openai.chat.completions.stream({ model: MODEL, messages: [USER] });
    await expect(stream.finalChatCompletion()).rejects.toThrow(/without a finish reason|interrupted|ended/i);
  });

  test('a field that Laneway has added and the server refuses is left out at the second try', async () => {
    answer((request) => {
      const body = request.json() as Json;
      if (!('include' in body)) return responsesReply(request, [textItem('Hello')]);
      const error = {
        message: 'Encrypted content is not supported with this model.',
        type: 'invalid_request_error',
        param: 'include',
        code: null,
      };
      return json(400, { error });
    });
    const reply = await openai.chat.completions.create({ model: 'openai/o1-pro', messages: [USER] });
    expect(reply.choices[0]?.message.content).toBe('Hello');
    expect(sent().map(({ body }) => 'include' in body)).toEqual([true, false]);
  });
});

describe('a Messages client of such a model', () => {
  const tools = [{ name: LOOK.name, description: LOOK.description, input_schema: LOOK.schema }];
  const ask = { model: MODEL, max_tokens: 20_000 } as const;
  const thinking = { type: 'enabled', budget_tokens: 8_000 } as const;

  test('gets thinking with a signature, sends it back, and it reaches the model that made it', async () => {
    answer((request) => responsesReply(request, [reasoningItem(['I look.']), callItem('look', '{}')]));
    const stream = anthropic.messages.stream({ ...ask, messages: [USER], tools, thinking });
    const message = await stream.finalMessage();
    expect(message.stop_reason).toBe('tool_use');
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'I look.', signature: 'gAAA_1' },
      { type: 'tool_use', name: 'look', input: {} },
    ]);
    answer((request) => responsesReply(request, [textItem('Sunny.')]));
    const used = message.content.find((block) => block.type === 'tool_use');
    const result = { type: 'tool_result' as const, tool_use_id: used?.id ?? '', content: 'sunny' };
    const turns = [
      USER,
      { role: 'assistant' as const, content: message.content },
      { role: 'user' as const, content: [result] },
    ];
    const reply = await anthropic.messages.create({ ...ask, messages: turns, tools, thinking });
    expect(reply.content).toMatchObject([{ type: 'text', text: 'Sunny.' }]);
    expect(sent().at(-1)?.body['input']).toMatchObject([
      { type: 'message' },
      { type: 'reasoning', encrypted_content: 'gAAA_1' },
      { type: 'function_call', name: 'look' },
      { type: 'function_call_output', output: 'sunny' },
    ]);
  });

  test('wire case 189: reasoning that the server cannot verify is left out at the second try', async () => {
    answer((request) => {
      const { input } = request.json() as { input: Json[] };
      if (!input.some(({ type }) => type === 'reasoning'))
        return responsesReply(request, [textItem('Hello')]);
      const error = {
        message: 'The encrypted content foreign could not be verified.',
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_encrypted_content',
      };
      return json(400, { error });
    });
    const foreign = { type: 'thinking' as const, thinking: 'Hm.', signature: 'foreign' };
    const turns = [
      USER,
      { role: 'assistant' as const, content: [foreign, { type: 'text' as const, text: 'Yes.' }] },
      USER,
    ];
    const reply = await anthropic.messages.create({ ...ask, messages: turns });
    expect(reply.content).toMatchObject([{ text: 'Hello' }]);
    expect(sent()).toHaveLength(2);
  });
});

describe('a Responses client of a server that speaks it', () => {
  test('gets the bytes of its stream, and what it sent goes out with another model name', async () => {
    const items = [reasoningItem(['Hm.']), textItem('Hello'), callItem('look', '{}')];
    answer((request) => responsesReply(request, items));
    const body = {
      model: 'lane:main',
      input: 'hi',
      stream: true,
      store: false,
      reasoning: { effort: 'high' },
    };
    const reply = await fetch(`${gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(await reply.text()).toBe(streamOf(items));
    expect(sent()).toEqual([{ path: '/v1/responses', body: { ...body, model: 'gpt-5-pro' } }]);
  });

  test('the SDK reads a whole reply and a stream', async () => {
    answer((request) => responsesReply(request, [textItem('Hello')]));
    const whole = await openai.responses.create({ model: 'openai/gpt-5', input: 'hi' });
    expect(whole.output_text).toBe('Hello');
    const stream = openai.responses.stream({ model: 'openai/gpt-5', input: 'hi' });
    expect((await stream.finalResponse()).output_text).toBe('Hello');
    expect(sent().map(({ path }) => path)).toEqual(['/v1/responses', '/v1/responses']);
  });
});
