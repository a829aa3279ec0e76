import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { json, sse } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeRequest, type FakeUpstream } from '../support/fake-upstream.ts';
import { chunks, completion, startGateway, type TestGateway } from '../support/gateway.ts';
import { blocksOf, read } from './pages.ts';

const KEY = 'fake-key-of-a-recipe';

interface Provider {
  readonly base_url: string;
  readonly api_key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface UserModels {
  readonly providers: Readonly<Record<string, Provider>>;
  readonly models: Readonly<Record<string, { readonly params?: Readonly<Record<string, unknown>> }>>;
}

interface Recipe {
  readonly name: string;
  readonly blocks: readonly UserModels[];
  /** The body of its curl line. */
  readonly body: { readonly model: string };
}

const RECIPES: readonly Recipe[] = read('docs/recipes.md')
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const blocks = blocksOf(section);
    const curl = blocks.filter(({ role }) => role === 'request').map(({ text }) => text);
    expect(curl, section).toHaveLength(1);
    return {
      name: section.split('\n', 1)[0] ?? '',
      blocks: blocks
        .filter(({ role }) => role === 'config/user_models.json')
        .map(({ text }) => JSON.parse(text) as UserModels),
      body: JSON.parse(/-d '(.+)'/.exec(curl[0] ?? '')?.[1] ?? '{}') as { model: string },
    };
  });

test('there is a recipe for each of the ten providers that people add most', () => {
  expect(RECIPES.map(({ name }) => name)).toEqual([
    'OpenRouter',
    'DeepSeek',
    'Mistral',
    'Gemini',
    'Together',
    'Fireworks',
    'LM Studio',
    'Azure OpenAI',
    'vLLM',
    'A second Laneway',
  ]);
});

const CASES = RECIPES.flatMap(({ name, blocks, body }) =>
  blocks.map((block, index) => ({ name: index === 0 ? name : `${name}, block ${index + 1}`, block, body })),
);

describe.each(CASES)('$name', ({ block, body }) => {
  const [[id, provider] = ['', { base_url: '' }]] = Object.entries(block.providers);
  const written = new URL(provider.base_url).pathname.replace(/\/$/, '');
  // A missing path is added.
  const path = written === '' ? '/v1' : written;
  const model = body.model.slice(id.length + 1);
  const reference = provider.api_key ?? provider.headers?.['api-key'];
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  beforeAll(async () => {
    upstream = await startFakeUpstream((request) => {
      if (request.method === 'GET') return json(200, { object: 'list', data: [] });
      const { stream } = request.json() as { stream?: boolean };
      return stream === true ? sse([...chunks('Hello'), '[DONE]']) : json(200, completion('Hello'));
    });
    const base = { ...provider, base_url: upstream.url + path, local: true };
    gateway = await startGateway({
      config: { default_lane: 'main', lanes: { main: {} } },
      files: { 'user_models.json': { ...block, providers: { [id]: base } } },
      variables: { [reference?.replace('env:', '') ?? 'NONE']: KEY },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  /** The chats that arrived at the provider, without probes. */
  const chats = (): FakeRequest[] => upstream.requests.filter(({ method }) => method === 'POST');

  test('the request reaches the provider, with the key and the model name that it expects', async () => {
    const reply = await gateway.chat(body);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('x-laneway-target')).toBe(body.model);
    const [chat] = chats();
    expect(chat?.path).toBe(`${path}/chat/completions`);
    expect(chat?.json()).toMatchObject({ model, ...block.models[body.model]?.params });
    expect(chat?.headers['authorization']).toBe(provider.api_key === undefined ? undefined : `Bearer ${KEY}`);
    expect(chat?.headers['api-key']).toBe(provider.headers === undefined ? undefined : KEY);
  });

  test('the model list is requested with the same key', () => {
    const list = upstream.requests.find(({ method }) => method === 'GET');
    expect(list?.path).toBe(`${path}/models`);
    expect(list?.headers['authorization'] ?? list?.headers['api-key'] ?? '').toContain(
      reference === undefined ? '' : KEY,
    );
  });

  test('a stream works too', async () => {
    const reply = await gateway.chat({ ...body, stream: true });
    expect(await reply.text()).toContain('Hello');
  });
});

test('fields of vendors that a client must send back reach it and the provider unchanged', async () => {
  const call = {
    id: 'call_1',
    type: 'function',
    function: { name: 'look', arguments: '{}' },
    extra_content: { google: { thought_signature: 'c2lnbmVk' } },
  };
  const message = {
    role: 'assistant',
    content: null,
    tool_calls: [call],
    reasoning_details: [{ type: 'reasoning.encrypted', data: 'c2VjcmV0' }],
  };
  const upstream = await startFakeUpstream((request) => {
    if (request.method === 'GET') return json(200, { object: 'list', data: [] });
    const choices = [{ index: 0, finish_reason: 'tool_calls', message }];
    return json(200, { ...completion(''), choices });
  });
  const gateway = await startGateway({
    config: {
      default_lane: 'main',
      lanes: { main: { preferred: ['vendor/m'] } },
      providers: { vendor: { type: 'openai_compatible', base_url: `${upstream.url}/v1` } },
    },
  });
  try {
    const question = { role: 'user', content: 'Look.' };
    const reply = (await (await gateway.chat({ model: 'main', messages: [question] })).json()) as {
      choices: { message: object }[];
    };
    const answered = reply.choices[0]?.message ?? {};
    expect(answered).toMatchObject({ tool_calls: [call], reasoning_details: message.reasoning_details });
    const result = { role: 'tool', tool_call_id: 'call_1', content: 'nothing' };
    await gateway.chat({ model: 'main', messages: [question, answered, result] });
    const { messages } = upstream.requests.at(-1)?.json() as { messages: object[] };
    expect(messages[1]).toEqual(answered);
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});
