import Groq from 'groq-sdk';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { guardOf } from '../../../support/openai-guard.ts';
import { chunk, DONE, event, FINISH, relay, ROLE, TEXT, USAGE } from '../../../support/wire.ts';

const NAMES = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm-1' };
const CALLED = chunk({}, 'tool_calls');
const asked = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] };

/** Answers any request with this event stream. */
function answering(stream: string): (url: unknown) => Promise<Response> {
  const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
  return () => Promise.resolve(new Response(stream, { headers }));
}

function openai(stream: string): OpenAI {
  return new OpenAI({
    apiKey: 'sk-fake-none',
    baseURL: 'http://sdk.test/v1',
    maxRetries: 0,
    logLevel: 'off',
    fetch: answering(stream),
  });
}

function groq(stream: string): Groq {
  return new Groq({
    apiKey: 'sk-fake-none',
    baseURL: 'http://sdk.test',
    maxRetries: 0,
    fetch: answering(stream),
  });
}

/** The completion that the stream helper of the OpenAI client assembles. */
async function helped(stream: string): Promise<OpenAI.ChatCompletion> {
  return openai(stream).chat.completions.stream(asked).finalChatCompletion();
}

/** The chunks of plain iteration. */
async function iterated(stream: string): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const each of await openai(stream).chat.completions.create({ ...asked, stream: true }))
    chunks.push(each);
  return chunks;
}

/** The text and the reasoning that groq-sdk reads. */
async function viaGroq(stream: string): Promise<string> {
  let text = '';
  for await (const { choices } of await groq(stream).chat.completions.create({ ...asked, stream: true })) {
    text += (choices[0]?.delta.reasoning ?? '') + (choices[0]?.delta.content ?? '');
  }
  return text;
}

const guarded = (events: readonly string[]): string => relay(guardOf(), events).output;
const call = (fields: object): string =>
  chunk({ tool_calls: [{ id: 'call_1', type: 'function', ...fields }] });
const whole = { function: { name: 'weather', arguments: '{}' } };

describe('streams that break a client, but not through the guard', () => {
  test.each([
    ['wire case 3: a padded end mark', [ROLE, TEXT, FINISH, 'data: [DONE] \n\n']],
    ['wire case 25: no role', [TEXT, FINISH, DONE]],
    ['wire case 33: choices of null', [ROLE, TEXT, event({ ...NAMES, choices: null }), FINISH, DONE]],
    [
      'wire case 33: a usage chunk without choices',
      [ROLE, TEXT, FINISH, USAGE.replace('"choices":[],', ''), DONE],
    ],
    ['wire case 56: a call without an index', [ROLE, call(whole), CALLED, DONE]],
    ['wire case 57: a first call with index 1', [ROLE, call({ index: 1, ...whole }), CALLED, DONE]],
  ])('%s', async (_name, events) => {
    const stream = events.join('');
    await expect(helped(stream), 'the client accepts it as it is: the test proves nothing').rejects.toThrow();
    const reply = await helped(guarded(events));
    expect(reply.choices[0]?.message.role).toBe('assistant');
    await expect(iterated(guarded(events))).resolves.toBeDefined();
    await expect(viaGroq(guarded(events))).resolves.toBeTypeOf('string');
  });
});

describe('normalized streams as clients read them', () => {
  test('wire cases 55, 58, 61, 62, 77: calls', async () => {
    const events = [
      call({ index: 0, id: '', function: { name: 'weather', arguments: '{"city":"Paris"}' } }),
      call({ index: 0, id: '', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }),
      call({ index: 0, id: 'call_9', function: { name: 'now', arguments: '' } }),
      call({ index: 0, id: 'call_9', function: { name: 'now', arguments: '' } }),
      FINISH,
      DONE,
    ];
    const [choice] = (await helped(guarded(events))).choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    expect(choice?.message.tool_calls).toMatchObject([
      { type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } },
      { type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
      { id: 'call_9', type: 'function', function: { name: 'now', arguments: '{}' } },
    ]);
    expect(new Set(choice?.message.tool_calls?.map(({ id }) => id)).size).toBe(3);
  });

  test('wire cases 43, 44, 46: the usage of a stream, once and last', async () => {
    const usage = { prompt_tokens: 5, completion_tokens: 1 };
    const events = [ROLE, chunk({ content: 'a' }, null, { usage }), chunk({}, 'stop', { usage }), DONE];
    const chunks = (await iterated(guarded(events))) as OpenAI.ChatCompletionChunk[];
    expect(chunks.map((each) => each.usage ?? null)).toEqual([
      null,
      null,
      null,
      { ...usage, total_tokens: 6 },
    ]);
    expect(chunks.at(-1)?.choices).toEqual([]);
    expect((await helped(guarded(events))).usage).toEqual({ ...usage, total_tokens: 6 });
  });

  test('wire case 143: reasoning reaches a client of either name', async () => {
    const stream = guarded([ROLE, chunk({ reasoning: 'hm' }), TEXT, FINISH, DONE]);
    const [choice] = (await helped(stream)).choices;
    expect(choice?.message).toMatchObject({ reasoning_content: 'hm', content: 'Grüße 😀' });
    expect(await viaGroq(stream)).toBe('hmGrüße 😀');
  });

  test('wire case 29: Azure’s first chunk, and wire case 27: null content', async () => {
    const azure = event({
      id: '',
      object: '',
      created: 0,
      model: '',
      choices: [],
      prompt_filter_results: [],
    });
    const stream = guarded([azure, chunk({ role: 'assistant', content: null }), TEXT, FINISH, DONE]);
    expect(await helped(stream)).toMatchObject({ id: 'chatcmpl-1', model: 'm-1' });
  });

  test('wire case 5: the helper does not accept a cut stream', async () => {
    await expect(helped(guarded([ROLE, TEXT]))).rejects.toThrow('missing finish_reason');
  });
});
