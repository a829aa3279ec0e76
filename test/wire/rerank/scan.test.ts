import { expect, test } from 'vitest';
import { scanRerank } from '../../../src/wire/rerank/scan.ts';
import { json } from '../../support/wire.ts';

const scan = (body: object): ReturnType<typeof scanRerank> => scanRerank(json({ model: 'm', ...body }));
const QUERY = 'q'.repeat(8);

test.each([
  ['texts', { documents: ['x'.repeat(40), 'y'.repeat(8)] }, 2, 16, 12],
  ['the texts of text-embeddings-inference', { texts: ['x'.repeat(40)] }, 1, 12, 12],
  // `{"text":"…"}` counts as it is written.
  ['objects', { documents: [{ text: 'x'.repeat(29) }] }, 1, 12, 12],
  ['one object that holds all of them', { documents: { content: [] } }, undefined, 6, 2],
])(
  '%s: the query counts with each document, and the longest pair must fit the window',
  (_name, body, inputs, all, longest) => {
    const { facts } = scan({ query: QUERY, ...body });
    expect(facts).toMatchObject({ kind: 'rerank', stream: false, estimatedTokens: all, needs: [] });
    expect([facts.inputs, facts.longestInputTokens]).toEqual([inputs, longest]);
  },
);

test.each([
  ['no documents', { query: QUERY }, 'documents'],
  ['an empty list', { query: QUERY, documents: [] }, 'documents'],
  ['a text for the list', { query: QUERY, documents: 'a' }, 'documents'],
  ['numbers', { query: QUERY, documents: [1] }, 'documents'],
  ['null among the texts', { query: QUERY, texts: [null] }, 'texts'],
  ['no query', { documents: ['a'] }, 'query'],
  ['an empty query', { query: '', documents: ['a'] }, 'query'],
  ['null for the query', { query: null, documents: ['a'] }, 'query'],
  ['a number for the model', { model: 1, query: QUERY, documents: ['a'] }, 'model'],
])('%s is rejected by name', (_name, body, param) => {
  expect(() => scan(body)).toThrow(
    expect.objectContaining({ code: 'invalid_body', options: expect.objectContaining({ param }) as unknown }),
  );
});

test('a body that is not JSON is rejected as that', () => {
  expect(() => scanRerank(Buffer.from('{"query":'))).toThrow(
    expect.objectContaining({ code: 'invalid_json' }),
  );
});
