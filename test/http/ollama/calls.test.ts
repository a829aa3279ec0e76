import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { json, sse } from '../../support/fake-replies.ts';
import { eventStream, messageReply } from '../../support/messages-replies.ts';
import { blockStart, blockStop, messageDelta, START, STOP, words } from '../../support/messages-events.ts';
import { openChunk, openReply, startOllamaClient, type OllamaClient } from './gateway.ts';

/** The published client of Ollama against the gateway. */
let laneway: OllamaClient;
beforeAll(async () => {
  laneway = await startOllamaClient();
});
afterAll(() => laneway.stop());

const HI = [{ role: 'user', content: 'hi' }];
const TOOL = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const sentBody = (): Record<string, unknown> => laneway.sent()?.json() as Record<string, unknown>;

describe('chat', () => {
  test('a whole reply', async () => {
    laneway.answers(json(200, openReply({ content: 'Hello' })));
    const reply = await laneway.client.chat({ model: 'evaluate', messages: HI, options: { seed: 3 } });
    expect(reply).toMatchObject({
      model: 'm',
      message: { role: 'assistant', content: 'Hello' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 3,
      eval_count: 2,
    });
    expect(reply.eval_duration).toBeGreaterThan(0);
    expect(sentBody()).toMatchObject({ model: 'm', seed: 3, messages: HI });
  });

  test.each(['evaluate', 'evaluate:latest', 'lane:main', 'lane:main:latest', 'main:latest', 'open/m:latest'])(
    'the name %s reaches its model',
    async (model) => {
      laneway.answers(json(200, openReply({ content: 'Hello' })));
      await laneway.client.chat({ model, messages: HI });
      expect(sentBody()['model']).toBe('m');
    },
  );

  test('a stream, with thinking', async () => {
    laneway.answers(
      sse([
        openChunk({ role: 'assistant', content: '' }),
        openChunk({ reasoning_content: 'hm' }),
        openChunk({ content: 'Hel' }),
        openChunk({ content: 'lo' }),
        openChunk({}, 'stop'),
        '[DONE]',
      ]),
    );
    const parts = [];
    const stream = await laneway.client.chat({ model: 'evaluate', messages: HI, stream: true, think: true });
    for await (const part of stream) parts.push(part);
    expect(parts.map(({ message }) => message.content).join('')).toBe('Hello');
    expect(parts.map(({ message }) => message.thinking ?? '').join('')).toBe('hm');
    expect(parts.at(-1)).toMatchObject({ done: true, done_reason: 'stop' });
  });

  test('a call of a tool and its result, with what the client sends back', async () => {
    const called = {
      id: 'call_a',
      type: 'function',
      function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
    };
    laneway.answers(json(200, openReply({ content: null, tool_calls: [called] }, 'tool_calls')));
    const asked = await laneway.client.chat({ model: 'evaluate', messages: HI, tools: [TOOL] });
    expect(asked.message.tool_calls?.[0]?.function).toMatchObject({
      name: 'get_weather',
      arguments: { city: 'Paris' },
    });
    laneway.answers(json(200, openReply({ content: 'Sunny.' })));
    const result = { role: 'tool', tool_name: 'get_weather', content: '21 °C' };
    await laneway.client.chat({ model: 'evaluate', messages: [...HI, asked.message, result], tools: [TOOL] });
    expect(sentBody()['messages']).toMatchObject([
      {},
      { role: 'assistant', tool_calls: [{ id: 'call_a', function: { arguments: '{"city":"Paris"}' } }] },
      { role: 'tool', tool_call_id: 'call_a', content: '21 °C' },
    ]);
  });

  test('parallel calls in a stream', async () => {
    const call = (index: number, city: string): object => ({
      index,
      id: `call_${index}`,
      type: 'function',
      function: { name: 'get_weather', arguments: JSON.stringify({ city }) },
    });
    laneway.answers(
      sse([
        openChunk({ tool_calls: [call(0, 'Paris')] }),
        openChunk({ tool_calls: [call(1, 'Rome')] }),
        openChunk({}, 'tool_calls'),
        '[DONE]',
      ]),
    );
    const cities: unknown[] = [];
    const stream = await laneway.client.chat({
      model: 'evaluate',
      messages: HI,
      tools: [TOOL],
      stream: true,
    });
    for await (const { message } of stream)
      for (const { function: called } of message.tool_calls ?? []) cities.push(called.arguments['city']);
    expect(cities).toEqual(['Paris', 'Rome']);
  });

  test('a JSON schema and an image', async () => {
    laneway.answers(json(200, openReply({ content: '{"a":1}' })));
    const format = { type: 'object', properties: { a: { type: 'integer' } } };
    const messages = [{ role: 'user', content: 'look', images: ['iVBORw0KGgo='] }];
    await laneway.client.chat({ model: 'evaluate', messages, format });
    expect(sentBody()).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { schema: format } },
      messages: [{ content: [{}, { image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }] }],
    });
  });

  test('a model of the Messages API, whole and streamed', async () => {
    laneway.answers(messageReply([{ type: 'text', text: 'Bonjour' }], { model: 'claude-sonnet-4-5' }));
    const system = { role: 'system', content: 'In French.' };
    const whole = await laneway.client.chat({ model: 'claude', messages: [system, ...HI] });
    expect(whole.message.content).toBe('Bonjour');
    expect(laneway.sent()?.path).toBe('/v1/messages');
    laneway.answers(
      eventStream([START, blockStart(0), words(0, 'Salut'), blockStop(0), messageDelta(), STOP]),
    );
    let text = '';
    for await (const { message } of await laneway.client.chat({
      model: 'claude',
      messages: HI,
      stream: true,
    }))
      text += message.content;
    expect(text).toBe('Salut');
  });
});

describe('generate', () => {
  test('a prompt, whole and streamed', async () => {
    laneway.answers(json(200, openReply({ content: 'Paris' })));
    const whole = await laneway.client.generate({
      model: 'evaluate',
      prompt: 'Capital?',
      system: 'Be brief.',
    });
    expect(whole).toMatchObject({ response: 'Paris', done: true, done_reason: 'stop', eval_count: 2 });
    expect(sentBody()['messages']).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Capital?' },
    ]);
    laneway.answers(
      sse([openChunk({ content: 'Par' }), openChunk({ content: 'is' }), openChunk({}, 'stop'), '[DONE]']),
    );
    let text = '';
    for await (const part of await laneway.client.generate({ model: 'evaluate', prompt: 'C?', stream: true }))
      text += part.response ?? '';
    expect(text).toBe('Paris');
  });

  test('a request without a prompt loads its model, without a call to a server', async () => {
    laneway.answers(json(500, {}));
    const loaded = await laneway.client.generate({ model: 'evaluate', prompt: '' });
    expect(loaded).toMatchObject({ response: '', done: true, done_reason: 'load' });
    const stream = await laneway.client.chat({
      model: 'evaluate',
      messages: [],
      stream: true,
      keep_alive: 0,
    });
    const parts = [];
    for await (const part of stream) parts.push(part);
    expect(parts).toMatchObject([{ done: true, done_reason: 'unload' }]);
    expect(laneway.sent()).toBeUndefined();
  });
});

describe('embeddings', () => {
  const VECTORS = {
    object: 'list',
    model: 'vectors',
    data: [
      { object: 'embedding', index: 0, embedding: [0.5, 1] },
      { object: 'embedding', index: 1, embedding: [2, 3] },
    ],
    usage: { prompt_tokens: 4, total_tokens: 4 },
  };

  test('several texts', async () => {
    laneway.answers(json(200, VECTORS));
    const reply = await laneway.client.embed({ model: 'vectors', input: ['a', 'b'] });
    expect(reply.embeddings).toEqual([
      [0.5, 1],
      [2, 3],
    ]);
    expect(reply.prompt_eval_count).toBe(4);
  });

  test('without a text only the model is loaded, as in Ollama', async () => {
    laneway.answers(json(500, {}));
    expect((await laneway.client.embed({ model: 'vectors', input: [] })).embeddings).toEqual([]);
    expect(await laneway.client.embeddings({ model: 'vectors', prompt: '' })).toEqual({ embedding: [] });
    expect(laneway.sent()).toBeUndefined();
  });

  test('one text, by the older call', async () => {
    laneway.answers(json(200, { ...VECTORS, data: VECTORS.data.slice(0, 1) }));
    expect(await laneway.client.embeddings({ model: 'vectors:latest', prompt: 'a' })).toEqual({
      embedding: [0.5, 1],
    });
    expect(sentBody()).toMatchObject({ input: ['a'] });
  });
});

describe('errors are one text, which the client shows', () => {
  test('before a reply', async () => {
    const { client, failure } = laneway;
    expect(await failure(client.chat({ model: 'nope', messages: HI }))).toMatch(/unknown model "nope"/);
    expect(
      await failure(client.chat({ model: 'evaluate', messages: [{ role: 'x', content: 'y' }] })),
    ).toMatch(/messages\[0\].role/);
    laneway.answers(json(400, { error: { message: 'no such thing as a square circle' } }));
    expect(await failure(client.chat({ model: 'evaluate', messages: HI }))).toMatch(/square circle/);
    laneway.answers(json(500, { error: { message: 'broken' } }));
    const stream = laneway.client.chat({ model: 'evaluate', messages: HI, stream: true });
    expect(await failure(stream)).toMatch(/open\/m/);
  });

  test('within a stream, as its last line', async () => {
    const cut = [openChunk({ content: 'Hel' }), JSON.stringify({ error: { message: 'out of paper' } })];
    laneway.answers(sse(cut));
    const read = async (): Promise<void> => {
      const stream = await laneway.client.chat({ model: 'evaluate', messages: HI, stream: true });
      for await (const { message } of stream) expect(message.content).toBe('Hel');
    };
    expect(await laneway.failure(read())).toMatch(/out of paper|incomplete/);
  });

  test('calls that manage models are refused with a sentence', async () => {
    const { client, failure } = laneway;
    const calls = [
      client.pull({ model: 'llama3.2' }),
      client.push({ model: 'x/y' }),
      client.delete({ model: 'llama3.2' }),
      client.copy({ source: 'a', destination: 'b' }),
      client.create({ model: 'x', from: 'y' }),
    ];
    for (const call of calls) expect(await failure(call)).toMatch(/does not manage models/);
  });
});
