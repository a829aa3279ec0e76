import { describe, expect, test } from 'vitest';
import type { Exchange, TargetRequest } from '../../../src/wire/exchange.ts';
import { ollamaEmbedWire } from '../../../src/wire/ollama-embed/wire.ts';
import { openAiEmbeddingsWire } from '../../../src/wire/openai-embeddings/wire.ts';
import { json, openAt } from '../../support/wire.ts';

const OLLAMA = { format: 'ollama-embed', path: '/api/embed', dialect: {} } as const;
const OPENAI = { format: 'openai-embeddings', path: '/v1/embeddings', dialect: {} } as const;

function fromOpenAi(body: object, wanted: Partial<TargetRequest> = {}): Exchange {
  return openAt(openAiEmbeddingsWire.scan(json({ model: 'x', ...body })), [OLLAMA], {
    modelId: 'mini',
    ...wanted,
  });
}

const parsed = (body: unknown): unknown => JSON.parse(String(body));
const REPLY = {
  model: 'mini',
  embeddings: [
    [-0.06285118, 0.5],
    [1, 2],
  ],
  prompt_eval_count: 8,
  total_duration: 1,
};

describe('an OpenAI client of Ollama', () => {
  test('a text goes out as a list of one, since the server makes no vector from an empty one; nothing is truncated silently', () => {
    expect(parsed(fromOpenAi({ input: '' }).body)).toEqual({ model: 'mini', input: [''], truncate: false });
    expect(fromOpenAi({ input: 'a' })).toMatchObject({ path: '/api/embed', isSameWire: false });
  });

  test('the size of the vectors is sent, the client’s or the target’s; a user is dropped', () => {
    const exchange = fromOpenAi({ input: ['a', 'b'], dimensions: 2, user: 'u', x: 1 });
    expect(parsed(exchange.body)).toEqual({
      model: 'mini',
      input: ['a', 'b'],
      truncate: false,
      dimensions: 2,
    });
    expect(exchange.warnings.map(({ detail }) => detail)).toEqual(['x', 'user']);
    const params = { dimensions: 7, temperature: 0 };
    expect(parsed(fromOpenAi({ input: 'a' }, { params }).body)).toMatchObject({ dimensions: 7 });
  });

  test('wire case 174: token ids are rejected with the reason', () => {
    for (const input of [
      [1, 2],
      [[1], [2]],
    ]) {
      expect(() => fromOpenAi({ input })).toThrow(
        expect.objectContaining({
          code: 'unsupported_parameter',
          message: expect.stringContaining('token ids') as string,
          options: expect.objectContaining({ param: 'input' }) as object,
        }),
      );
    }
  });

  test('an unknown encoding is rejected, since the server would not see it', () => {
    expect(() => fromOpenAi({ input: 'a', encoding_format: 'int8' })).toThrow("'float' or 'base64'");
  });

  test('wire cases 172, 176: the reply comes in OpenAI’s format and the requested encoding, with both counts', () => {
    const frame = { object: 'list', model: 'mini', usage: { prompt_tokens: 8, total_tokens: 8 } };
    const entry = (index: number, embedding: unknown): object => ({ object: 'embedding', index, embedding });
    const numbers = fromOpenAi({ input: ['a', 'b'] }).unary(json(REPLY));
    expect(parsed(numbers.body)).toEqual({
      ...frame,
      data: [entry(0, [-0.06285118, 0.5]), entry(1, [1, 2])],
    });
    expect(numbers).toMatchObject({ model: 'mini', usage: { inputTokens: 8, outputTokens: 0 } });
    const base64 = fromOpenAi({ input: ['a', 'b'], encoding_format: 'base64' }).unary(json(REPLY));
    const bytes = (vector: readonly number[]): string =>
      Buffer.from(new Float32Array(vector).buffer).toString('base64');
    expect(parsed(base64.body)).toMatchObject({
      data: REPLY.embeddings.map((vector) => ({ embedding: bytes(vector) })),
    });
    const uncounted = fromOpenAi({ input: ['aaaa', 'bbbb'] }).unary(json({ embeddings: REPLY.embeddings }));
    expect(parsed(uncounted.body)).toMatchObject({
      model: 'mini',
      usage: { prompt_tokens: 2, total_tokens: 2 },
    });
    expect(uncounted.usage).toMatchObject({ inputTokens: 2, outputTokens: 0, estimated: true });
  });

  test('wire case 173: vectors of another size than requested are a fault', () => {
    expect(() => fromOpenAi({ input: 'a', dimensions: 64 }).unary(json(REPLY))).toThrow(
      expect.objectContaining({ kind: 'ignored' }),
    );
  });

  test.each([
    ['malformed', '{"model":"mini","embeddings":[]}'],
    ['malformed', '{"embeddings":[["a"]]}'],
    ['malformed', '{"embeddings":[[1],[2]]}'],
    ['malformed', '{"embeddings":[[1e999]]}'],
    ['error_event', '{"error":"model failed"}'],
  ])('%s: %s is a fault', (kind, body) => {
    expect(() => fromOpenAi({ input: 'a' }).unary(Buffer.from(body))).toThrow(
      expect.objectContaining({ kind }),
    );
  });
});

describe('an Ollama client', () => {
  const scan = (body: object): ReturnType<typeof ollamaEmbedWire.scan> => ollamaEmbedWire.scan(json(body));

  test('of Ollama: its bytes go out with the model’s name, the reply’s come back', () => {
    const exchange = openAt(
      scan({ model: 'x', input: 'a', truncate: true, keep_alive: 5 }),
      [OLLAMA, OPENAI],
      {
        modelId: 'mini',
      },
    );
    expect(parsed(exchange.body)).toEqual({ model: 'mini', input: 'a', truncate: true, keep_alive: 5 });
    const body = json(REPLY);
    expect(exchange.unary(body)).toMatchObject({ body, model: 'mini', usage: { inputTokens: 8 } });
  });

  test('of an OpenAI server: translated in both directions', () => {
    const exchange = openAt(scan({ model: 'x', input: ['a'], dimensions: 2, options: {} }), [OPENAI], {
      modelId: 'up',
    });
    expect(parsed(exchange.body)).toEqual({ model: 'up', input: ['a'], dimensions: 2 });
    expect(exchange.warnings.map(({ detail }) => detail)).toEqual(['options']);
    const data = [{ object: 'embedding', index: 0, embedding: [0.5, 1] }];
    const reply = exchange.unary(json({ object: 'list', data, model: 'up', usage: { prompt_tokens: 3 } }));
    expect(parsed(reply.body)).toEqual({
      model: 'up',
      total_duration: expect.any(Number) as number,
      load_duration: 0,
      embeddings: [[0.5, 1]],
      prompt_eval_count: 3,
    });
  });
});
