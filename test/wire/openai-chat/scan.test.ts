import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/protocol/errors.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { MAX_PARSED_BYTES } from '../../../src/wire/fields/read-body.ts';
import { json } from '../../support/wire.ts';

const MESSAGES = [{ role: 'user', content: 'hi' }];
/** Makes a body exceed the limit for parsing. */
const PADDING = { padding: 'x'.repeat(MAX_PARSED_BYTES) };

function refusal(body: Buffer): { code: string; param: string | null; message: string } {
  try {
    scanOpenAiChat(body);
  } catch (error) {
    if (error instanceof GatewayError) {
      return { code: error.code, param: error.options.param ?? null, message: error.message };
    }
    throw error;
  }
  throw new Error('the body was accepted');
}

describe('a body that is not JSON', () => {
  test.each([
    ['nothing', ''],
    ['half an object', '{"model":"a","messages":['],
    ['two objects', '{}{}'],
    ['single quotes', "{'model':'a'}"],
    ['a trailing comma', '{"model":"a",}'],
    ['a raw line break inside a string', '{"messages":[{"role":"user","content":"a\nb"}]}'],
    ['a bad escape', '{"messages":[{"role":"user","content":"\\x"}]}'],
    ['a byte order mark', '\ufeff{"messages":[{"role":"user","content":"a"}]}'],
    ['text', 'hello'],
  ])('wire case 86: %s is 400 invalid_json', (_name, body) => {
    expect(refusal(Buffer.from(body)).code).toBe('invalid_json');
  });

  test('the message never quotes the body, which may hold a prompt', () => {
    expect(
      refusal(Buffer.from('{"messages":[{"role":"user","content":"my secret" oops')).message,
    ).not.toContain('secret');
  });

  test('wire case 86: a truncated large body is 400 invalid_json too', () => {
    const whole = json({ messages: MESSAGES, ...PADDING });
    expect(refusal(whole.subarray(0, whole.length - 1)).code).toBe('invalid_json');
  });
});

describe.each([
  ['a small body', {}],
  ['a large body', PADDING],
])('the checks on %s', (_size, padding) => {
  test.each([
    ['wire case 85: no messages', {}, 'messages'],
    ['wire case 85: an empty conversation', { messages: [] }, 'messages'],
    ['messages as a string', { messages: 'hi' }, 'messages'],
    ['messages as null', { messages: null }, 'messages'],
    ['a model that is a number', { messages: MESSAGES, model: 4 }, 'model'],
    ['a stream flag in words', { messages: MESSAGES, stream: 'true' }, 'stream'],
  ])('%s is 400 invalid_body with its param', (_name, body, param) => {
    expect(refusal(json({ ...body, ...padding }))).toMatchObject({ code: 'invalid_body', param });
  });

  test.each(['model', 'stream'])(
    'a duplicate top-level %s is rejected, even with escapes in its name',
    (name) => {
      const value = name === 'model' ? '"a"' : 'true';
      const escaped = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
      const rest = JSON.stringify({ messages: MESSAGES, ...padding }).slice(1);
      for (const second of [name, escaped]) {
        const body = Buffer.from(`{"${name}":${value},"${second}":${value},${rest}`);
        expect(refusal(body)).toMatchObject({ code: 'invalid_body', param: name });
      }
    },
  );

  test('wire case 80: a null model, stream or limit counts as absent', () => {
    const { facts } = scanOpenAiChat(
      json({ messages: MESSAGES, model: null, stream: null, max_tokens: null, ...padding }),
    );
    expect(facts).toMatchObject({ model: null, stream: false, maxOutputTokens: null });
  });

  test('facts are read: name, stream, limit, needs, size', () => {
    const body = json({
      model: 'lane:coder',
      stream: true,
      max_tokens: 10,
      max_completion_tokens: 20,
      tools: [{ type: 'function', function: { name: 'f' } }],
      response_format: { type: 'json_schema', json_schema: {} },
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] },
      ],
      ...padding,
    });
    expect(scanOpenAiChat(body).facts).toMatchObject({
      model: 'lane:coder',
      kind: 'chat',
      stream: true,
      maxOutputTokens: 20,
      needs: ['tools', 'vision', 'json_schema'],
      sizeBytes: body.length,
    });
  });
});

describe('edge cases of the facts', () => {
  const factsOf = (body: object): ReturnType<typeof scanOpenAiChat>['facts'] =>
    scanOpenAiChat(json({ messages: MESSAGES, ...body })).facts;

  test('an empty model name counts as absent', () => {
    expect(factsOf({ model: '' }).model).toBeNull();
  });

  test('empty tools and a text format need nothing; legacy functions do', () => {
    expect(factsOf({ tools: [], functions: [], response_format: { type: 'text' } }).needs).toEqual([]);
    expect(factsOf({ functions: [{ name: 'f' }] }).needs).toEqual(['tools']);
  });

  test('wire case 81: the newer output limit counts, but not as null', () => {
    expect(factsOf({ max_tokens: 10, max_completion_tokens: null }).maxOutputTokens).toBe(10);
    expect(factsOf({ max_tokens: 10, max_completion_tokens: 0 }).maxOutputTokens).toBe(0);
    expect(factsOf({ max_tokens: -1 }).maxOutputTokens).toBeNull();
  });

  test('wire case 98: a __proto__ key has no effect', () => {
    const body = Buffer.from(
      '{"__proto__":{"model":"evil","stream":true},"messages":[{"role":"user","content":"hi"}]}',
    );
    expect(scanOpenAiChat(body).facts).toMatchObject({ model: null, stream: false });
  });

  test('65 levels of nesting are rejected anywhere', () => {
    const body = Buffer.from(
      `{"messages":[{"role":"user","content":"hi"}],"x":${'['.repeat(64)}${']'.repeat(64)}}`,
    );
    expect(refusal(body).code).toBe('invalid_body');
    expect(refusal(Buffer.from(`{"messages":[${'0,'.repeat(100_000)}0]}`)).code).toBe('invalid_body');
  });
});
