import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/protocol/errors.ts';
import { anthropicCountTokensWire } from '../../../src/wire/anthropic-count-tokens/wire.ts';
import { scanMessages } from '../../../src/wire/anthropic-messages/scan.ts';
import { json } from '../../support/wire.ts';

const read = (body: object): ReturnType<typeof scanMessages> => scanMessages(json(body));
const user = (content: unknown): object => ({ role: 'user', content });

function refusal(run: () => unknown): { code: string; param: string | undefined; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) {
      return { code: error.code, param: error.options.param, message: error.message };
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the facts of a Messages request', () => {
  test('include name, stream, limit and size', () => {
    const { facts } = read({ model: 'claude-x', max_tokens: 9, stream: true, messages: [user('hi')] });
    expect(facts).toMatchObject({ model: 'claude-x', maxOutputTokens: 9, stream: true, needs: [] });
    expect(read({ model: '', messages: [user('hi')] }).facts).toMatchObject({ model: null, stream: false });
  });

  test.each([
    ['text of a message', { messages: [user('x'.repeat(400))] }, 100],
    ['blocks', { messages: [user([{ type: 'text', text: 'x'.repeat(400) }])] }, 100],
    ['the system prompt', { system: 'x'.repeat(400), messages: [user('')] }, 100],
    ['system blocks', { system: [{ type: 'text', text: 'x'.repeat(400) }], messages: [user('')] }, 100],
    ['thinking', { messages: [user([{ thinking: 'x'.repeat(400), type: 'thinking' }])] }, 100],
    ['the input of a tool', { messages: [user([{ type: 'tool_use', input: { a: 'x'.repeat(392) } }])] }, 100],
    [
      'a result inside a result',
      { messages: [user([{ type: 'tool_result', content: [{ type: 'text', text: 'x'.repeat(400) }] }])] },
      100,
    ],
    [
      'a text document, its type last',
      { messages: [user([{ source: { data: 'x'.repeat(400), type: 'text' }, type: 'document' }])] },
      100,
    ],
    [
      'a picture',
      {
        messages: [
          user([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }]),
        ],
      },
      1000,
    ],
    [
      'a PDF',
      { messages: [user([{ type: 'document', source: { type: 'url', url: 'https://x.test/a.pdf' } }])] },
      1000,
    ],
    [
      'a signature weighs nothing',
      { messages: [user([{ type: 'thinking', signature: 'x'.repeat(400) }])] },
      0,
    ],
  ])('%s is counted', (_, body, tokens) => {
    expect(read(body).facts.estimatedTokens).toBe(tokens);
  });

  test('tools, images (also in results) and a schema are needs', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } };
    const { facts } = read({
      tools: [{ name: 't', input_schema: {} }],
      output_config: { format: { type: 'json_schema', schema: {} } },
      messages: [user([{ type: 'tool_result', tool_use_id: 'a', content: [image] }])],
    });
    expect(facts.needs).toEqual(['tools', 'vision', 'json_schema']);
    expect(read({ output_format: { type: 'json_schema' }, messages: [user('a')] }).facts.needs).toEqual([
      'json_schema',
    ]);
  });

  test('signatures and redacted thinking are found in any context', () => {
    const content = [
      { signature: 'sig-a', type: 'thinking', thinking: '' },
      { type: 'redacted_thinking', data: 'red-b' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { type: 'tool_use', id: 't', name: 'n', input: { signature: 'not one', data: 'nor this' } },
    ];
    expect(read({ messages: [{ role: 'assistant', content }] }).signatures).toEqual(['sig-a', 'red-b']);
    expect(read({ messages: [user('a')] }).signatures).toEqual([]);
  });
});

describe('rejected before anything is sent:', () => {
  test.each([
    ['wire case 85: no messages', {}, 'messages'],
    ['wire case 85: an empty array', { messages: [] }, 'messages'],
    ['messages that are not an array', { messages: 'hi' }, 'messages'],
    ['a model that is not a string', { model: 4, messages: [user('a')] }, 'model'],
    ['a stream that is not a boolean', { stream: 'yes', messages: [user('a')] }, 'stream'],
  ])('%s', (_, body, param) => {
    expect(refusal(() => read(body))).toMatchObject({ code: 'invalid_body', param });
  });

  test('a duplicate model', () => {
    const body = Buffer.from('{"model":"a","model":"b","messages":[{"role":"user","content":"x"}]}');
    expect(refusal(() => scanMessages(body))).toMatchObject({ code: 'invalid_body', param: 'model' });
  });

  test('invalid JSON, and JSON that is not an object', () => {
    expect(refusal(() => scanMessages(Buffer.from('{"messages":')))).toMatchObject({ code: 'invalid_json' });
    expect(refusal(() => scanMessages(Buffer.from('[]')))).toMatchObject({ code: 'invalid_body' });
  });

  test.each(['file:///etc/passwd', '/etc/passwd', 'ftp://x.test/a', 'C:\\a.png', '\\u0066ile:///a'])(
    'wire case 90: an image URL %s, which may name a local file',
    (url) => {
      const image = `{"type":"image","source":{"type":"url","url":"${url.startsWith('\\u') ? url : url.replace('\\', '\\\\')}"}}`;
      const body = `{"messages":[{"role":"user","content":[{"type":"tool_result","content":[${image}]}]}]}`;
      const told = refusal(() => scanMessages(Buffer.from(body)));
      expect(told).toMatchObject({ code: 'invalid_body' });
      expect(told.param).toBe('messages[0].content[0].content[0].source.url');
    },
  );

  test('wire case 90: base64 and web URLs pass', () => {
    const sources = [
      { type: 'base64', media_type: 'image/png', data: 'AAAA' },
      { type: 'url', url: 'HTTPS://x.test/a.png' },
    ];
    const content = sources.map((source) => ({ type: 'image', source }));
    expect(read({ messages: [user(content)] }).facts.needs).toEqual(['vision']);
  });
});

test('count_tokens is never a stream, whatever its body says', () => {
  const thinking = { type: 'thinking', thinking: '', signature: 's' };
  const turn = { role: 'assistant', content: [thinking, { type: 'text', text: 'a' }] };
  const request = anthropicCountTokensWire.scan(json({ stream: true, messages: [user('a'), turn] }));
  expect(request).toMatchObject({ facts: { stream: false }, signatures: ['s'] });
  const stripped = anthropicCountTokensWire.withoutThinking?.(request, []);
  expect(stripped).toMatchObject({
    format: 'anthropic-count-tokens',
    facts: { stream: false },
    signatures: [],
  });
});
