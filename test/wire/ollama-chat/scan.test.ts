import { describe, expect, test } from 'vitest';

import { scan } from './client.ts';

const HI = [{ role: 'user', content: 'Grüße' }];

describe('the facts of a request', () => {
  test('wire case 149: a request streams unless it says otherwise', () => {
    expect(scan({ messages: HI }).facts.stream).toBe(true);
    expect(scan({ messages: HI, stream: null }).facts.stream).toBe(true);
    expect(scan({ messages: HI, stream: false }).facts.stream).toBe(false);
    expect(scan({ prompt: 'a' }, 'ollama-generate').facts.stream).toBe(true);
  });

  test('text, images, tools, a schema and the limit count; a format without a schema does not', () => {
    const { facts } = scan({
      model: 'evaluate',
      messages: [
        { role: 'user', content: 'abcd', images: ['aaaa', 'bbbb'] },
        { role: 'assistant', thinking: 'efgh', tool_calls: [{ function: { name: 'f', arguments: {} } }] },
      ],
      tools: [{ type: 'function', function: { name: 'f' } }],
      format: { type: 'object' },
      options: { num_predict: 7, temperature: 0 },
    });
    expect(facts).toMatchObject({
      model: 'evaluate',
      kind: 'chat',
      maxOutputTokens: 7,
      needs: ['tools', 'vision', 'json_schema'],
    });
    expect(facts.estimatedTokens).toBeGreaterThan(2_000);
    expect(scan({ messages: HI, format: 'json', tools: [] }).facts.needs).toEqual([]);
  });

  test('a negative limit means none', () => {
    for (const limit of [-1, -2, null]) {
      expect(scan({ messages: HI, options: { num_predict: limit } }).facts.maxOutputTokens).toBeNull();
    }
    expect(scan({ messages: HI, options: null }).facts.maxOutputTokens).toBeNull();
  });

  test('fields of a wrong type are named', () => {
    const param = (body: object): unknown => {
      try {
        return scan(body);
      } catch (error) {
        return (error as { options: { param: string } }).options.param;
      }
    };
    expect(param({ messages: HI, stream: 'yes' })).toBe('stream');
    expect(param({ messages: HI, options: [] })).toBe('options');
    expect(param({ messages: HI, model: 7 })).toBe('model');
    expect(param({ messages: 'hi' })).toBe('messages');
    expect(() => scan({ prompt: 7 }, 'ollama-generate')).toThrow("'prompt' must be a string");
    expect(() => scan({ prompt: ['a'] }, 'ollama-embeddings')).toThrow("'prompt' must be a string");
  });
});

describe('wire case 152: a request without content', () => {
  test.each([
    ['ollama-chat', { messages: [] }],
    ['ollama-chat', {}],
    ['ollama-chat', { messages: null }],
    ['ollama-generate', { prompt: '' }],
    ['ollama-generate', {}],
    ['ollama-generate', { prompt: null, stream: true }],
    ['ollama-embed', {}],
    ['ollama-embed', { input: '' }],
    ['ollama-embed', { input: [] }],
    ['ollama-embeddings', { prompt: '' }],
    ['ollama-embeddings', {}],
  ] as const)('%s %j only loads its model, in one reply', (format, body) => {
    expect(scan({ model: 'm', ...body }, format)).toMatchObject({ isEmpty: true, facts: { stream: false } });
  });

  test('a prompt, an image or a message is content', () => {
    expect(scan({ images: ['aaaa'] }, 'ollama-generate').isEmpty).toBeUndefined();
    expect(scan({ prompt: 'a' }, 'ollama-generate').isEmpty).toBeUndefined();
    expect(scan({ messages: [{}] }).isEmpty).toBeUndefined();
  });
});
