import { describe, expect, test } from 'vitest';

import { chunk, DONE, FINISH, json, relay, ROLE, TEXT, USAGE } from '../../support/wire.ts';
import { linesOf, scan, toOpenAi } from './client.ts';
import { wireOf } from '../../../src/wire/wires.ts';

const HI = { model: 'evaluate', messages: [{ role: 'user', content: 'hi' }] };

/** A whole reply of an OpenAI server. */
const whole = (message: object, finish = 'stop', usage: object | null = COUNTS): Buffer =>
  json({
    id: 'chatcmpl-1',
    model: 'm-1',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
    ...(usage === null ? {} : { usage }),
  });
const COUNTS = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };

const unary = (reply: Buffer): unknown =>
  JSON.parse(String(toOpenAi({ ...HI, stream: false }).unary(reply).body));

const call = (index: number, id: string, name: string, text: string): object => ({
  index,
  id,
  type: 'function',
  function: { name, arguments: text },
});

describe('a whole reply', () => {
  test('has the keys of Ollama in its order, with the counts and the measured time', () => {
    const reply = unary(whole({ content: 'Hello', reasoning_content: 'hm' })) as object;
    expect(reply).toEqual({
      model: 'm-1',
      created_at: expect.stringMatching(/^2026-01-01T00:00:00\.\d{3}Z$/) as string,
      message: { role: 'assistant', content: 'Hello', thinking: 'hm' },
      done: true,
      done_reason: 'stop',
      total_duration: 10_000_000,
      load_duration: 0,
      prompt_eval_count: 5,
      prompt_eval_duration: 0,
      eval_count: 7,
      eval_duration: 10_000_000,
    });
    expect(Object.keys(reply).slice(0, 5)).toEqual(['model', 'created_at', 'message', 'done', 'done_reason']);
  });

  test('wire case 154: calls have ids, indexes and objects as arguments, and end with stop', () => {
    const calls = [call(0, 'call_a', 'f', '{"z":12345678901234567890,"a":1}'), call(1, 'call_b', 'g', '')];
    const { body } = toOpenAi(HI).unary(whole({ content: null, tool_calls: calls }, 'tool_calls'));
    expect(String(body)).toContain('"arguments":{"z":12345678901234567890,"a":1}');
    expect(JSON.parse(String(body))).toMatchObject({
      message: {
        content: '',
        tool_calls: [
          { id: 'call_a', function: { index: 0, name: 'f' } },
          { id: 'call_b', function: { index: 1, name: 'g', arguments: {} } },
        ],
      },
      done_reason: 'stop',
    });
  });

  test('an end at the limit, a filter, a refusal and missing counts are shown', () => {
    expect(unary(whole({ content: 'a' }, 'length'))).toMatchObject({ done_reason: 'length' });
    expect(unary(whole({ content: 'a' }, 'content_filter'))).toMatchObject({ done_reason: 'content_filter' });
    expect(unary(whole({ content: null, refusal: 'No.' }))).toMatchObject({ message: { content: 'No.' } });
    expect(unary(whole({ content: 'abcdefgh' }, 'stop', null))).toMatchObject({
      prompt_eval_count: 1,
      eval_count: 2,
    });
  });
});

describe('a stream', () => {
  const lines = (chunks: readonly string[], body: object = HI): Record<string, unknown>[] => {
    const { output, state } = relay(toOpenAi(body).stream(), chunks);
    expect(state).toBe('complete');
    return linesOf(output);
  };

  test('is a line for each piece, and a last one with the counts', () => {
    const thinking = chunk({ reasoning_content: 'hm' });
    const all = lines([ROLE, thinking, TEXT, FINISH, USAGE, DONE]);
    expect(all.map(({ message }) => message)).toEqual([
      { role: 'assistant', content: '', thinking: 'hm' },
      { role: 'assistant', content: 'Grüße 😀' },
      { role: 'assistant', content: '' },
    ]);
    expect(all.map(({ done, model }) => [done, model])).toEqual([
      [false, 'm-1'],
      [false, 'm-1'],
      [true, 'm-1'],
    ]);
    expect(all.at(-1)).toMatchObject({ done_reason: 'stop', prompt_eval_count: 5, eval_count: 7 });
    const last = all.at(-1) as Record<string, number>;
    expect(last['prompt_eval_duration']).toBeGreaterThan(0);
    expect(last['total_duration']).toBe(Number(last['prompt_eval_duration']) + Number(last['eval_duration']));
  });

  test('a call is one line as soon as it is whole, whatever its pieces', () => {
    const pieces = [
      chunk({ tool_calls: [call(0, 'call_a', 'f', '{"a"')] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
      chunk({ tool_calls: [call(1, 'call_b', 'g', '{}')] }),
    ];
    const all = lines([ROLE, ...pieces, chunk({}, 'tool_calls'), DONE]);
    const calls = all.flatMap(({ message }) => (message as { tool_calls?: object[] }).tool_calls ?? []);
    expect(calls).toEqual([
      { id: 'call_a', function: { index: 0, name: 'f', arguments: { a: 1 } } },
      { id: 'call_b', function: { index: 1, name: 'g', arguments: {} } },
    ]);
    expect(all.at(-1)).toMatchObject({ done: true, done_reason: 'stop' });
  });

  test('wire case 15: a whole reply in place of a stream becomes lines', () => {
    const { body } = toOpenAi(HI).oneShot(whole({ content: 'Hello' }));
    expect(linesOf(String(body))).toMatchObject([
      { message: { content: 'Hello' }, done: false },
      { done: true, eval_count: 7 },
    ]);
  });

  test('a stream that comes at once has a time that clients can divide by', () => {
    const last = lines([TEXT + FINISH + DONE]).at(-1) as Record<string, number>;
    expect(last['eval_duration']).toBeGreaterThan(0);
  });

  test('of a cut stream no last line is made up', () => {
    const { output, state } = relay(toOpenAi(HI).stream(), [ROLE, TEXT]);
    expect(state).toBe('failed');
    expect(output).not.toContain('"done":true');
  });

  test('/api/generate has the text in `response`', () => {
    const { output } = relay(toOpenAi({ model: 'x', prompt: 'hi' }, {}, 'ollama-generate').stream(), [
      chunk({ reasoning_content: 'hm' }),
      TEXT,
      FINISH,
      DONE,
    ]);
    expect(linesOf(output)).toMatchObject([
      { response: '', thinking: 'hm', done: false },
      { response: 'Grüße 😀', done: false },
      { response: '', done: true, done_reason: 'stop' },
    ]);
  });
});

describe('wire case 152: the reply to a request without content', () => {
  const reply = (body: object, format: 'ollama-chat' | 'ollama-generate' = 'ollama-chat'): unknown => {
    const own = wireOf(format).ownReply?.(scan(body, format), 0) ?? null;
    return own === null ? null : JSON.parse(String(own));
  };

  test('says that the model is loaded, in the shape of the call', () => {
    expect(reply({ model: 'evaluate', keep_alive: '10m' })).toEqual({
      model: 'evaluate',
      created_at: '1970-01-01T00:00:00.000Z',
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'load',
    });
    expect(reply({ model: 'evaluate' }, 'ollama-generate')).toMatchObject({ response: '', done: true });
    expect(reply(HI)).toBeNull();
  });

  test.each([0, '0', '0s', '0m'])('or unloaded, with keep_alive %j', (keepAlive) => {
    expect(reply({ model: 'm', keep_alive: keepAlive })).toMatchObject({ done_reason: 'unload' });
  });

  test.each([-1, 300, '10m', '-1'])('but not with keep_alive %j', (keepAlive) => {
    expect(reply({ model: 'm', keep_alive: keepAlive })).toMatchObject({ done_reason: 'load' });
  });
});
