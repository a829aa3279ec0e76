import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { json, sse } from '../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import {
  blockStart,
  blockStop,
  delta,
  messageDelta,
  PING,
  sse as event,
  START,
  STOP,
  words,
} from '../support/messages-events.ts';
import { eventStream, messageReply, messagesError } from '../support/messages-replies.ts';

/** The real SDK against the gateway, with an upstream of either wire. */
let upstream: FakeUpstream;
let gateway: TestGateway;
let client: Anthropic;

let before = 0;

beforeAll(async () => {
  upstream = await startFakeUpstream(json(404, {}));
  gateway = await startGateway({
    discover: false,
    variables: { KEY: 'sk-fake-upstream' },
    config: {
      default_lane: 'main',
      providers: {
        claude: { type: 'anthropic', base_url: upstream.url, api_key: 'env:KEY' },
        open: { type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true },
      },
      lanes: {
        main: { preferred: ['claude/claude-sonnet-4-5'] },
        other: { preferred: ['open/m'] },
      },
    },
  });
  client = new Anthropic({ baseURL: gateway.url, apiKey: 'sk-fake-client', maxRetries: 0 });
});

beforeEach(() => {
  before = upstream.requests.length;
});

/** The last upstream request of this test. */
const sent = (): FakeRequest | undefined =>
  upstream.requests.length > before ? upstream.requests.at(-1) : undefined;

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const openChunk = (content: object, finish: string | null = null, more: object = {}): string =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: content, finish_reason: finish }],
    ...more,
  });

const openReply = (message: object, finish = 'stop'): Reply =>
  json(200, {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
    usage: {
      prompt_tokens: 20,
      completion_tokens: 5,
      total_tokens: 25,
      prompt_tokens_details: { cached_tokens: 4 },
    },
  });

const USAGE = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [],
  usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
});

const ask = (
  more: Partial<Anthropic.MessageCreateParamsNonStreaming> = {},
): Anthropic.MessageCreateParamsNonStreaming => ({
  model: 'claude/claude-sonnet-4-5',
  max_tokens: 50,
  messages: [{ role: 'user', content: 'Hello?' }],
  ...more,
});

const TOOL = { name: 'look', input_schema: { type: 'object' as const, properties: {} } };

describe('against an upstream of Anthropic’s wire', () => {
  test('text', async () => {
    upstream.use(messageReply([{ type: 'text', text: 'Hi.' }]));
    const reply = await client.messages.create(ask());
    expect(reply.content).toEqual([{ type: 'text', text: 'Hi.' }]);
    expect(sent()?.json()).toMatchObject({ model: 'claude-sonnet-4-5', max_tokens: 50 });
    expect(reply._request_id).toMatch(/\S/);
  });

  test('a stream of thinking, text and a tool call', async () => {
    upstream.use(
      eventStream([
        START,
        PING,
        blockStart(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'hm' }),
        delta(0, { type: 'signature_delta', signature: 'sig' }),
        blockStop(0),
        blockStart(1),
        words(1, 'Let me look.'),
        blockStop(1),
        blockStart(2, { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }),
        delta(2, { type: 'input_json_delta', partial_json: '{"a":1}' }),
        blockStop(2),
        messageDelta('tool_use'),
        STOP,
      ]),
    );
    const reply = await client.messages.stream(ask({ tools: [TOOL] })).finalMessage();
    expect(reply.content).toMatchObject([
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', id: 'toolu_1', input: { a: 1 } },
    ]);
    expect(reply.stop_reason).toBe('tool_use');
  });

  test('wire case 124: either key is accepted, version and beta pass unchanged, the provider key goes upstream', async () => {
    upstream.use(messageReply([]));
    await client.beta.messages.create({ ...ask(), betas: ['context-management-2025-06-27', 'x-y'] });
    const headers = sent()?.headers ?? {};
    expect(headers['anthropic-version']).toBe('2026-10-21');
    expect(headers['anthropic-beta']).toBe('context-management-2025-06-27,x-y');
    expect(headers['x-api-key']).toBe('sk-fake-upstream');
    expect(headers['authorization']).toBeUndefined();
  });

  test('wire case 140: an error passes byte for byte with its status', async () => {
    upstream.use(messagesError(400, 'invalid_request_error', 'x: Extra inputs are not permitted'));
    const reply = await fetch(`${gateway.url}/v1/messages?beta=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ask()),
    });
    expect(reply.status).toBe(400);
    expect(await reply.text()).toBe(
      '{ "request_id":"req_theirs", "error":{"message":"x: Extra inputs are not permitted","type":"invalid_request_error"}, "type":"error" }',
    );
  });

  test('wire case 140: overload stays a 529 when no other target is left', async () => {
    upstream.use(messagesError(529, 'overloaded_error', 'Overloaded'));
    const failed = await client.messages.create(ask()).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Anthropic.InternalServerError);
    expect(failed).toMatchObject({ status: 529, error: { error: { type: 'overloaded_error' } } });
  });

  test('a rejected provider key is not reported as the client’s', async () => {
    upstream.use(messagesError(401, 'authentication_error', 'invalid x-api-key'));
    await expect(client.messages.create(ask())).rejects.toMatchObject({
      status: 502,
      error: { type: 'error', error: { type: 'api_error' } },
    });
  });

  test('wire case 116: an error event before any content becomes an error status', async () => {
    const error = event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
    upstream.use(eventStream([START, blockStart(0), error]));
    await expect(client.messages.stream(ask()).finalMessage()).rejects.toMatchObject({ status: 503 });
  });

  test('wire case 116: an error event after content reaches the client as an event', async () => {
    const error = event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
    upstream.use(eventStream([START, blockStart(0), words(0, 'a'), error]));
    await expect(client.messages.stream(ask()).finalMessage()).rejects.toMatchObject({
      error: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    });
  });
});

describe('against an upstream of OpenAI’s wire', () => {
  const other = (
    more: Partial<Anthropic.MessageCreateParamsNonStreaming> = {},
  ): Anthropic.MessageCreateParamsNonStreaming => ask({ model: 'open/m', ...more });

  test('text, with usage counted Anthropic’s way', async () => {
    upstream.use(openReply({ content: 'Hi.' }));
    const reply = await client.messages.create(other({ system: 'Be brief.' }));
    expect(reply).toMatchObject({
      content: [{ type: 'text', text: 'Hi.' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 16, cache_read_input_tokens: 4, output_tokens: 5 },
      container: null,
      stop_details: null,
    });
    expect(sent()?.path).toBe('/v1/chat/completions');
    expect(sent()?.json()).toMatchObject({
      model: 'm',
      messages: [{ role: 'system' }, { role: 'user' }],
    });
    expect(sent()?.headers).not.toHaveProperty('anthropic-version');
  });

  test('wire case 130: a stream with reasoning, parallel calls and the usage chunk', async () => {
    const call = (index: number, id: string): object => ({
      tool_calls: [{ index, id, type: 'function', function: { name: 'look', arguments: '{"n":' } }],
    });
    const rest = (index: number): object => ({
      tool_calls: [{ index, function: { arguments: `${index}}` } }],
    });
    upstream.use(
      sse([
        openChunk({ role: 'assistant', content: '' }),
        openChunk({ reasoning_content: 'hm' }),
        openChunk({ content: 'Looking.' }),
        openChunk(call(0, 'call_a')),
        openChunk(rest(0)),
        openChunk(call(1, 'call_b')),
        openChunk(rest(1)),
        openChunk({}, 'tool_calls'),
        USAGE,
        '[DONE]',
      ]),
    );
    const reply = await client.messages.stream(other({ tools: [TOOL] })).finalMessage();
    expect(reply.content).toMatchObject([
      { type: 'thinking', thinking: 'hm', signature: '' },
      { type: 'text', text: 'Looking.' },
      { type: 'tool_use', id: 'call_a', name: 'look', input: { n: 0 } },
      { type: 'tool_use', id: 'call_b', name: 'look', input: { n: 1 } },
    ]);
    expect(reply).toMatchObject({ stop_reason: 'tool_use', usage: { input_tokens: 20, output_tokens: 5 } });
  });

  test('tool results and an image are sent', async () => {
    upstream.use(openReply({ content: 'Done.' }));
    await client.messages.create(
      other({
        tools: [TOOL],
        messages: [
          { role: 'user', content: 'Hello?' },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'call_a', name: 'look', input: { n: 0 } }] },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'and this?' },
              { type: 'tool_result', tool_use_id: 'call_a', content: 'nothing', is_error: true },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
            ],
          },
        ],
      }),
    );
    const { messages } = sent()?.json() as { messages: { role: string }[] };
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user']);
  });

  test('wire case 140: its errors keep their words in Anthropic’s envelope', async () => {
    upstream.use(
      json(400, {
        error: { message: 'too hot', type: 'invalid_request_error', param: 'temperature', code: null },
      }),
    );
    await expect(client.messages.create(other())).rejects.toMatchObject({
      status: 400,
      error: { type: 'error', error: { type: 'invalid_request_error', message: 'too hot' } },
    });
  });

  test('an error after the first content reaches the client', async () => {
    upstream.use(
      sse([
        openChunk({ role: 'assistant', content: '' }),
        openChunk({ content: 'a' }),
        '{"error":{"message":"broke","type":"server_error"}}',
      ]),
    );
    await expect(client.messages.stream(other()).finalMessage()).rejects.toMatchObject({
      error: { type: 'error', error: { type: 'api_error' } },
    });
  });

  test('wire case 5: a truncated stream is an error, never a finished turn', async () => {
    upstream.use(sse([openChunk({ role: 'assistant', content: '' }), openChunk({ content: 'a' })]));
    await expect(client.messages.stream(other()).finalMessage()).rejects.toMatchObject({
      error: { type: 'error' },
    });
  });

  test('wire case 137: Anthropic’s own web search is rejected in words that Claude Code recognises', async () => {
    const tools = [{ type: 'web_search_20250305' as const, name: 'web_search' as const }];
    await expect(client.messages.create(other({ tools }))).rejects.toMatchObject({
      status: 400,
      error: { error: { message: expect.stringContaining("Input tag 'web_search_20250305'") as string } },
    });
    expect(sent()).toBeUndefined();
  });
});

test('wire case 141: the list of models is one that the SDK can read', async () => {
  const ids: string[] = [];
  for await (const { id, display_name: name } of client.models.list({ limit: 1000 })) {
    expect(name).toMatch(/\S/);
    ids.push(id);
  }
  expect(ids).toContain('claude/claude-sonnet-4-5');
});
