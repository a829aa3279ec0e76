import { once } from 'node:events';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { OpenAI, APIError } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDemoServer, type DemoServer } from '../../src/demo/server.ts';
import { demoType } from '../../src/providers/demo/settings.ts';
import { probe, providerOf } from '../providers/list-server.ts';

let demo: DemoServer;
let client: OpenAI;

beforeAll(async () => {
  demo = await startDemoServer(() => 1_800_000_000_999);
  client = new OpenAI({ baseURL: demo.url, apiKey: 'sk-fake-none-needed', maxRetries: 0 });
});

afterAll(() => demo.close());

const ask = (content: string): { messages: { role: 'user'; content: string }[] } => ({
  messages: [{ role: 'user', content }],
});

test('the demo lists its three practice models, with tools and schemas but without vision', async () => {
  const type = demoType(demo.url);
  const { origin } = new URL(demo.url);
  const listing = await probe(providerOf(type, origin));
  expect(listing.singleModel).toBe(false);
  expect(listing.models.map(({ id }) => id)).toEqual(['quick', 'careful', 'flaky']);
  for (const model of listing.models) {
    expect(model).toMatchObject({ kind: null, status: 'available' });
    expect(model.capabilities).toEqual({
      context_length: 32_768,
      supports_tools: true,
      supports_vision: false,
      supports_json_schema: true,
    });
  }
});

test('an answer names its practice model, says that it is one, and repeats the question', async () => {
  const reply = await client.chat.completions.create({
    model: 'quick',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'What is\n  a lane?' }] },
    ],
  });
  expect(reply).toMatchObject({ object: 'chat.completion', model: 'quick', created: 1_800_000_000 });
  const [choice] = reply.choices;
  expect(choice).toMatchObject({ index: 0, finish_reason: 'stop', message: { role: 'assistant' } });
  const content = choice?.message.content ?? '';
  expect(content).toContain('quick, a practice model');
  expect(content).toContain('not a language model');
  expect(content).toContain('"What is a lane?"');
  const words = content.split(' ').length;
  expect(reply.usage).toEqual({ prompt_tokens: 6, completion_tokens: words, total_tokens: 6 + words });
});

test('the same question gets the same answer, and a long one is echoed shortened', async () => {
  const answerTo = async (content: string): Promise<string> => {
    const reply = await client.chat.completions.create({ model: 'quick', ...ask(content) });
    return reply.choices[0]?.message.content ?? '';
  };
  expect(await answerTo('Why?')).toBe(await answerTo('Why?'));
  expect((await answerTo('😀'.repeat(50_000))).length).toBeLessThan(600);
});

test('a stream has the same text as the unary reply, with usage if requested', async () => {
  const whole = await client.chat.completions.create({ model: 'quick', ...ask('Same?') });
  const stream = await client.chat.completions.create({
    model: 'quick',
    ...ask('Same?'),
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await Array.fromAsync(stream);
  const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
  expect(text).toBe(whole.choices[0]?.message.content);
  expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '', refusal: null });
  expect(chunks.filter(({ choices }) => choices[0]?.delta.role !== undefined)).toHaveLength(1);
  expect(chunks.at(-2)?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
  expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
});

test('a stream without requested usage has none, and ends once', async () => {
  const reply = await fetch(`${demo.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'quick', ...ask('Hello'), stream: true }),
  });
  expect(reply.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const text = await reply.text();
  expect(text).not.toContain('"usage"');
  expect(text.endsWith('\n\ndata: [DONE]\n\n')).toBe(true);
  expect(text.match(/\[DONE\]/g)).toHaveLength(1);
});

test('flaky rejects the first request, answers the second, and so on', async () => {
  const outcomes = [];
  for (let count = 0; count < 4; count += 1) {
    const asked = client.chat.completions.create({ model: 'flaky', ...ask('Are you there?') });
    outcomes.push(
      await asked.then(
        (reply) => reply.choices[0]?.finish_reason,
        (error: unknown) => (error instanceof APIError ? [error.status, error.code, error.type] : error),
      ),
    );
  }
  const refused = [503, 'overloaded', 'overloaded_error'];
  expect(outcomes).toEqual([refused, 'stop', refused, 'stop']);
});

test('careful is slow enough to watch: it pauses before the first word and between words', async () => {
  const started = performance.now();
  const stream = await client.chat.completions.create({
    model: 'careful',
    ...ask('Take your time'),
    stream: true,
    max_completion_tokens: 3,
  });
  const chunks = await Array.fromAsync(stream);
  // 400 ms and twice 45 ms, minus the inaccuracy of timers.
  expect(performance.now() - started).toBeGreaterThan(480);
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
  expect(chunks.filter(({ choices }) => (choices[0]?.delta.content ?? '') !== '')).toHaveLength(3);
});

test('max_tokens and stop end an answer', async () => {
  const short = await client.chat.completions.create({ model: 'quick', ...ask('x'), max_tokens: 2 });
  expect(short.choices[0]).toMatchObject({ message: { content: 'This is ' }, finish_reason: 'length' });
  expect(short.usage?.completion_tokens).toBe(2);
  const stopped = await client.chat.completions.create({
    model: 'quick',
    ...ask('x'),
    stop: ['language', 'practice'],
  });
  expect(stopped.choices[0]).toMatchObject({
    message: { content: 'This is quick, a ' },
    finish_reason: 'stop',
  });
});

test('nothing is written to a client that has disconnected', async () => {
  const responses: ServerResponse[] = [];
  const note = (message: unknown): void => {
    responses.push((message as { response: ServerResponse }).response);
  };
  subscribe('http.server.response.created', note);
  const leaving = new AbortController();
  const stream = await client.chat.completions.create(
    { model: 'careful', ...ask('Wait'), stream: true },
    { signal: leaving.signal },
  );
  unsubscribe('http.server.response.created', note);
  for await (const chunk of stream) {
    if ((chunk.choices[0]?.delta.content ?? '') !== '') break;
  }
  leaving.abort();
  const [response] = responses;
  if (response === undefined) throw new Error('the request did not arrive');
  if (!response.closed) await once(response, 'close');
  let written = 0;
  Object.assign(response, { write: () => (written += 1) > 0, end: () => (written += 1) });
  // Four words would have been sent meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(written).toBe(0);
});

test.each([
  ['no messages', { model: 'quick' }, 400, 'messages'],
  ['an empty conversation', { model: 'quick', messages: [] }, 400, 'messages'],
  ['a limit of nothing', { model: 'quick', ...ask('x'), max_tokens: 0 }, 400, 'max_tokens'],
  [
    'an invalid limit',
    { model: 'quick', ...ask('x'), max_completion_tokens: 'many' },
    400,
    'max_completion_tokens',
  ],
  ['a stream of something', { model: 'quick', ...ask('x'), stream: 'yes' }, 400, 'stream'],
  ['an unknown model', { model: 'gpt-4o', ...ask('x') }, 404, 'model'],
  ['no model', { ...ask('x') }, 404, 'model'],
])('%s is rejected with the invalid field', async (_, body, status, param) => {
  const reply = await fetch(`${demo.url}/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
  expect(reply.status).toBe(status);
  const { error } = (await reply.json()) as { error: Record<string, unknown> };
  expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
  expect(error).toMatchObject({ type: 'invalid_request_error', param });
});

test('nulls count as absent; broken JSON and unknown paths get the error envelope of the wire', async () => {
  const chat = `${demo.url}/chat/completions`;
  const nulls = {
    model: 'quick',
    ...ask('x'),
    stream: null,
    max_tokens: null,
    stop: null,
    stream_options: null,
  };
  expect((await fetch(chat, { method: 'POST', body: JSON.stringify(nulls) })).status).toBe(200);
  const broken = await fetch(chat, { method: 'POST', body: '{"model":' });
  expect([broken.status, await broken.json()]).toMatchObject([400, { error: { code: 'invalid_json' } }]);
  const unknown = await fetch(`${demo.url}/embeddings`, { method: 'POST', body: '{}' });
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'route_not_found' } }]);
});

test('close aborts running requests, frees the port, and may be called twice', async () => {
  const other = await startDemoServer();
  const running = await fetch(`${other.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'careful', ...ask('x'), stream: true }),
  });
  const cut = expect(running.text()).rejects.toThrow();
  await other.close();
  await cut;
  await other.close();
  await expect(fetch(`${other.url}/models`)).rejects.toThrow();
});
