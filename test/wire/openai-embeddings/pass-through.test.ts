import { describe, expect, test } from 'vitest';
import type { Exchange, TargetRequest } from '../../../src/wire/exchange.ts';
import { openAiEmbeddingsWire } from '../../../src/wire/openai-embeddings/wire.ts';
import { json, openAt } from '../../support/wire.ts';

const ENDPOINT = { format: 'openai-embeddings', path: '/embeddings', dialect: {} } as const;
const VECTORS = [
  [0.5, -0.25, 1e-9],
  [1, 2, 3],
];
const NUMBERS = {
  object: 'list',
  data: VECTORS.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  model: 'up',
  usage: { prompt_tokens: 4, total_tokens: 4 },
};
const base64 = (vector: readonly number[]): string =>
  Buffer.from(new Float32Array(vector).buffer).toString('base64');
const BASE64 = {
  ...NUMBERS,
  data: NUMBERS.data.map((entry) => ({ ...entry, embedding: base64(entry.embedding) })),
};

function open(body: object, wanted: Partial<TargetRequest> = {}): Exchange {
  const request = openAiEmbeddingsWire.scan(json({ model: 'node:x', input: ['aaaa', 'bbbb'], ...body }));
  return openAt(request, [ENDPOINT], { modelId: 'up', ...wanted });
}

const parsed = (body: Buffer): Record<string, unknown> =>
  JSON.parse(body.toString()) as Record<string, unknown>;

describe('the request', () => {
  test('goes out byte for byte except for the model', () => {
    const body = '{ "x_new":1.0, "input": "Grüße" ,"encoding_format":"base64","model":"embeddings"}';
    const exchange = openAt(openAiEmbeddingsWire.scan(Buffer.from(body)), [ENDPOINT], { modelId: 'up' });
    expect(String(exchange.body)).toBe(body.replace('"embeddings"', '"up"'));
  });

  test('wire case 80: nulls are not sent to servers that fail on them', () => {
    const exchange = open({ encoding_format: null, user: null, dimensions: null });
    expect(parsed(exchange.body as Buffer)).toEqual({ model: 'up', input: ['aaaa', 'bbbb'] });
  });

  test('an encoding that is not a string is rejected by name', () => {
    expect(() => open({ encoding_format: 5 })).toThrow("'encoding_format'");
  });

  test('of the target’s defaults only the size of the vectors is sent, and never over the client’s', () => {
    const params = { temperature: 0.2, max_tokens: 5, dimensions: 256 };
    expect(parsed(open({}, { params }).body as Buffer)).toEqual({
      model: 'up',
      input: ['aaaa', 'bbbb'],
      dimensions: 256,
    });
    expect(parsed(open({ dimensions: 8 }, { params }).body as Buffer)).toMatchObject({ dimensions: 8 });
    expect(open({}, { params }).warnings).toEqual([]);
  });

  test.each([0, -1, 1.5, '256'])('a size of %j is rejected by name', (dimensions) => {
    expect(() => open({ dimensions })).toThrow(
      expect.objectContaining({ options: expect.objectContaining({ param: 'dimensions' }) as object }),
    );
  });
});

describe('the reply', () => {
  test.each([
    ['numbers, by default', {}, NUMBERS],
    ['base64', { encoding_format: 'base64' }, BASE64],
    ['an encoding that only the server knows', { encoding_format: 'int8' }, NUMBERS],
  ])('passes unchanged: %s', (_name, body, given) => {
    const bytes = json(given);
    const reply = open(body).unary(bytes);
    expect(reply.body).toBe(bytes);
    expect(reply).toMatchObject({ model: 'up', usage: { inputTokens: 4, outputTokens: 0 } });
  });

  test('wire case 172: numbers instead of base64, or the reverse, are converted bit for bit', () => {
    expect(parsed(open({ encoding_format: 'base64' }).unary(json(NUMBERS)).body)).toEqual(BASE64);
    const singles = VECTORS.map((vector) => Array.from(new Float32Array(vector)));
    const numbers = parsed(open({ encoding_format: 'float' }).unary(json(BASE64)).body);
    expect(numbers['data']).toMatchObject(singles.map((embedding, index) => ({ index, embedding })));
    expect(numbers).toMatchObject({ object: 'list', model: 'up', usage: NUMBERS.usage });
  });

  test('wire case 175: the order and the index of each vector stay unchanged', () => {
    const turned = { ...NUMBERS, data: NUMBERS.data.toReversed() };
    const { data } = parsed(open({ encoding_format: 'base64' }).unary(json(turned)).body) as typeof NUMBERS;
    expect(data.map(({ index }) => index)).toEqual([1, 0]);
  });

  test.each([
    ['none', undefined, { prompt_tokens: 2, total_tokens: 2 }],
    ['half', { total_tokens: 9 }, { prompt_tokens: 9, total_tokens: 9 }],
    ['null', { prompt_tokens: null, x: 1 }, { prompt_tokens: 2, total_tokens: 2, x: 1 }],
  ])('wire case 176: usage has both counts, estimated if not reported: %s', (_name, usage, told) => {
    const { body } = open({}).unary(json({ ...NUMBERS, usage }));
    expect(parsed(body)['usage']).toEqual(told);
  });

  test('wire case 173: a size that the server ignored is a fault that says so', () => {
    expect(() => open({ dimensions: 64 }).unary(json(NUMBERS))).toThrow(
      expect.objectContaining({ kind: 'ignored', message: expect.stringContaining('3 numbers') as string }),
    );
    expect(open({ dimensions: 3, encoding_format: 'base64' }).unary(json(BASE64)).usage).not.toBeNull();
  });

  const entries = (...vectors: unknown[]): object => ({
    ...NUMBERS,
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  });

  test.each([
    ['nulls among the numbers', entries([1, null], [1, 2])],
    ['texts among the numbers', entries(['1', '2'], [1, 2])],
    ['a second vector that is invalid', entries([1, 2], null)],
    ['truncated base64', entries('AQIDBAU=', 'AQIDBAU=')],
    ['not base64', entries('!!!!!!!!', '!!!!!!!!')],
    ['fewer vectors than texts', entries([1, 2])],
    ['more vectors than texts', entries([1, 2], [1, 2], [1, 2])],
    ['vectors of two sizes', entries([1, 2], [1, 2, 3])],
    ['empty vectors', entries([], [])],
  ])('%s: a fault in every requested encoding', (_name, reply) => {
    for (const encoding of ['float', 'base64']) {
      expect(() => open({ encoding_format: encoding }).unary(json(reply)), encoding).toThrow(
        expect.objectContaining({ kind: 'malformed' }),
      );
    }
  });

  test('vectors in both encodings come in one', () => {
    const mixed = entries(VECTORS[0], base64(VECTORS[1] ?? []));
    expect(parsed(open({ encoding_format: 'base64' }).unary(json(mixed)).body)).toEqual(BASE64);
    const { data } = parsed(open({}).unary(json(mixed)).body) as typeof NUMBERS;
    expect(data.map(({ embedding }) => embedding)).toEqual(VECTORS);
  });

  test('wire case 93: a reply without a model gets the id that its server knows', () => {
    const { body } = open({}).unary(json({ ...NUMBERS, model: undefined }));
    expect(parsed(body)).toEqual(NUMBERS);
    const odd = { ...entries('AQID', 'BAUG'), model: undefined };
    expect(parsed(open({ encoding_format: 'int8' }).unary(json(odd)).body)).toEqual({ ...odd, model: 'up' });
  });

  test.each([
    ['malformed', 'no JSON'],
    ['malformed', '[]'],
    ['malformed', '{"data":[]}'],
    ['malformed', '{"data":[{"object":"embedding"}]}'],
    ['malformed', '{"data":[7]}'],
    ['error_event', '{"error":{"message":"no such model"}}'],
  ])('%s: %s is a fault', (kind, body) => {
    expect(() => open({}).unary(Buffer.from(body))).toThrow(expect.objectContaining({ kind }));
  });
});
