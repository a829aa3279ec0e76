import { expect, test } from 'vitest';
import { scanEmbeddings } from '../../../src/wire/embeddings/scan.ts';
import { json } from '../../support/wire.ts';

const scan = (body: object): ReturnType<typeof scanEmbeddings> =>
  scanEmbeddings('openai-embeddings', json(body));

test.each([
  ['a text', 'x'.repeat(40), 1, 10, 10],
  ['texts', ['x'.repeat(40), 'y'.repeat(8)], 2, 12, 10],
  ['token ids', [101, 7592, 102], 1, 3, 3],
  ['lists of token ids', [[101, 7592, 102], [1]], 2, 4, 3],
  ['an empty text', '', 1, 0, 0],
])(
  '%s: everything is counted, and the longest input, which must fit the context window',
  (_name, input, inputs, all, longest) => {
    const { facts } = scan({ model: 'm', input });
    expect(facts).toMatchObject({
      kind: 'embeddings',
      stream: false,
      inputs,
      estimatedTokens: all,
      longestInputTokens: longest,
    });
  },
);

test.each([
  ['nothing', {}],
  ['an empty list', { input: [] }],
  ['an object', { input: {} }],
  ['null', { input: null }],
  ['texts and token ids', { input: ['a', 1] }],
  ['texts and lists', { input: ['a', { text: 'b' }] }],
  ['negative numbers', { input: [-1] }],
  ['fractions', { input: [1.5] }],
])('%s is rejected by name', (_name, body) => {
  expect(() => scan({ model: 'm', ...body })).toThrow(
    expect.objectContaining({
      code: 'invalid_body',
      options: expect.objectContaining({ param: 'input' }) as object,
    }),
  );
});
