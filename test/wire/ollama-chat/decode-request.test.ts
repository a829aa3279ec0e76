import { describe, expect, test } from 'vitest';

import { decoded } from './client.ts';

const HI = [{ role: 'user', content: 'hi' }];
const PNG = 'iVBORw0KGgo=';

const turns = (messages: readonly object[]): unknown => decoded({ messages }).request.messages;
const dropped = (body: object): string[] => decoded(body).warnings.map(({ detail }) => detail);

describe('a conversation', () => {
  test('wire case 153: a result finds its call by the name of the tool, by id, else the oldest', () => {
    const calls = [
      { function: { name: 'a', arguments: { n: 1 } } },
      { function: { name: 'b', arguments: {} } },
      { id: 'call_own', function: { name: 'c', arguments: {} } },
    ];
    const messages = turns([
      ...HI,
      { role: 'assistant', content: '', tool_calls: calls },
      { role: 'tool', tool_name: 'b', content: 'of b' },
      { role: 'tool', tool_call_id: 'call_own', content: 'of c' },
      { role: 'tool', content: 'of a' },
      { role: 'user', content: 'and?' },
    ]);
    expect(messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', parts: [{ id: 'call_1_0' }, { id: 'call_1_1' }, { id: 'call_own' }] },
      {
        role: 'user',
        parts: [
          { type: 'tool-result', callId: 'call_1_1', content: [{ text: 'of b' }] },
          { type: 'tool-result', callId: 'call_own' },
          { type: 'tool-result', callId: 'call_1_0' },
          { type: 'text', text: 'and?' },
        ],
      },
    ]);
  });

  test('wire cases 99, 154: arguments keep the order of their keys and the spelling of their numbers', () => {
    const body = `{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"z":12345678901234567890,"a":1.0}}}]}]}`;
    const { messages } = decoded(body).request;
    expect(messages[0]?.parts[0]).toMatchObject({ arguments: '{"z":12345678901234567890,"a":1.0}' });
  });

  test('wire case 161: images are base64 without a type, which their first bytes tell, or data URLs', () => {
    const images = [PNG, '/9j/4AAQ', `data:image/webp;base64,UklGRg==`];
    expect(turns([{ role: 'user', content: 'look', images }])).toMatchObject([
      {
        role: 'user',
        parts: [
          { type: 'text' },
          { source: { kind: 'base64', mediaType: 'image/png', data: PNG } },
          { source: { mediaType: 'image/jpeg' } },
          { source: { mediaType: 'image/webp' } },
        ],
      },
    ]);
    expect(() => turns([{ role: 'user', images: ['/etc/passwd!'] }])).toThrow('messages[0].images[0]');
    expect(() => turns([{ role: 'user', images: 'x' }])).toThrow('messages[0].images');
  });

  test('thinking is plain; empty texts vanish, and a conversation without any content is refused', () => {
    expect(turns([...HI, { role: 'assistant', content: 'so', thinking: 'hm' }])).toMatchObject([
      {},
      {
        parts: [
          { type: 'thinking', text: 'hm', signature: null },
          { type: 'text', text: 'so' },
        ],
      },
    ]);
    expect(() => turns([{ role: 'user', content: '' }])).toThrow('no content');
  });

  test('wrong shapes are named', () => {
    expect(() => turns([{ role: 'robot', content: 'x' }])).toThrow("'messages[0].role'");
    expect(() => turns([{ role: 'user', content: [] }])).toThrow("'messages[0].content' must be a string");
    expect(() => turns([{ role: 'assistant', tool_calls: [{}] }])).toThrow('messages[0].tool_calls[0]');
    expect(() => turns([7 as never])).toThrow("'messages[0]' must be an object");
  });
});

describe('settings', () => {
  test('options become the settings that every API has, and those that some have', () => {
    const options = {
      ...{ num_predict: 9, temperature: 0.5, top_p: 0.9, top_k: 40, stop: ['a', 'b'] },
      ...{ seed: 1, min_p: 0.1, repeat_penalty: 1.1, num_ctx: 4096, frequency_penalty: 0.2 },
    };
    const { request, warnings } = decoded({ messages: HI, options, keep_alive: '5m' });
    expect(request).toMatchObject({
      maxOutputTokens: 9,
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      stop: ['a', 'b'],
      extras: { seed: 1, min_p: 0.1, repeat_penalty: 1.1, num_ctx: 4096, keep_alive: '5m' },
    });
    expect(warnings).toEqual([]);
  });

  test('what no other API has is reported', () => {
    const options = { mirostat: 1, num_gpu: 9, num_thread: null };
    expect(dropped({ messages: HI, options, truncate: true, shift: true, x_new: 1 })).toEqual([
      ...['truncate', 'shift', 'x_new', 'options.mirostat', 'options.num_gpu'],
    ]);
    expect(dropped({ messages: HI, truncate: false, shift: false, logprobs: false })).toEqual([]);
    expect(() => decoded({ messages: HI, logprobs: true })).toThrow('logprobs');
  });

  test('wire case 156: thinking on, off, or how much', () => {
    const effort = (think: unknown): unknown => decoded({ messages: HI, think }).request.reasoning?.effort;
    expect([true, false, 'high', 'max', null].map(effort)).toEqual([
      ...['medium', 'none', 'high', 'max', undefined],
    ]);
    expect(() => decoded({ messages: HI, think: 'a lot' })).toThrow('must be');
  });

  test('a format is JSON, a schema, or an empty text for none', () => {
    const format = (value: unknown): unknown => decoded({ messages: HI, format: value }).request.format;
    expect(format('json')).toEqual({ type: 'json-object' });
    expect(format({ type: 'object' })).toMatchObject({ type: 'json-schema', schema: { type: 'object' } });
    expect([format(''), format(null)]).toEqual([null, null]);
    expect(() => format('yaml')).toThrow("'format' must be");
  });

  test('defaults of the target count for what the client left out', () => {
    const params = {
      temperature: 0.1,
      max_tokens: 5,
      reasoning_effort: 'low',
      top_p: 0.5,
      tool_choice: 'none',
    };
    const options = { temperature: 1 };
    const tools = [{ function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
    expect(decoded({ messages: HI, tools, options, think: false }, params).request).toMatchObject({
      temperature: 1,
      maxOutputTokens: 5,
      topP: 0.5,
      reasoning: { effort: 'none' },
      tools: [{ name: 'f' }],
      toolChoice: { type: 'none' },
    });
    const limited = { messages: HI, options: { num_predict: 3 } };
    expect(decoded(limited, { max_completion_tokens: 99 }).request.maxOutputTokens).toBe(3);
  });

  test('values of a wrong type are named as the client wrote them', () => {
    expect(() => decoded({ messages: HI, options: { temperature: 'hot' } })).toThrow("'options.temperature'");
    expect(() => decoded({ messages: HI, options: { stop: [1] } })).toThrow("'options.stop'");
    expect(() => decoded({ messages: HI, tools: {} })).toThrow("'tools' must be an array");
  });
});
