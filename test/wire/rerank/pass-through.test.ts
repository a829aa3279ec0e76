import { expect, test } from 'vitest';
import { WireFault } from '../../../src/wire/fault.ts';
import { rerankWire } from '../../../src/wire/rerank/wire.ts';
import { json, openAt } from '../../support/wire.ts';

const ENDPOINT = { format: 'rerank', path: '/rerank', dialect: {} } as const;

function open(body: object): ReturnType<typeof openAt> {
  const request = rerankWire.scan(json({ model: 'x', query: 'a', documents: ['aaaa', 'bbbb'], ...body }));
  return openAt(request, [ENDPOINT], { modelId: 'up' });
}

const answered = (reply: unknown, body: object = {}): ReturnType<ReturnType<typeof openAt>['unary']> =>
  open(body).unary(json(reply));

test('wire case 260: only the model is replaced: `top_n`, objects and unknown fields pass', () => {
  const more = {
    top_n: 1,
    documents: [{ text: 'aaaa', id: 7 }],
    return_documents: true,
    max_tokens_per_doc: 9,
  };
  expect(JSON.parse(String(open(more).body))).toEqual({ model: 'up', query: 'a', ...more });
});

test('null counts as absent, as llama-server fails on it', () => {
  expect(JSON.parse(String(open({ top_n: null }).body))).toEqual({
    model: 'up',
    query: 'a',
    documents: ['aaaa', 'bbbb'],
  });
});

const ENTRY = { index: 1, relevance_score: 0.3 };
const VLLM_DOCUMENT = { text: 'bbbb', multi_modal: null };

test.each([
  // Recorded: llama-server b10434.
  [
    'llama-server',
    { model: 'm', object: 'list', usage: { prompt_tokens: 13, total_tokens: 13 }, results: [ENTRY] },
    13,
  ],
  [
    'vLLM',
    {
      id: 'rerank-1',
      model: 'm',
      usage: { prompt_tokens: 9, total_tokens: 9 },
      results: [{ ...ENTRY, document: VLLM_DOCUMENT }],
    },
    9,
  ],
  [
    'Jina',
    { model: 'm', usage: { total_tokens: 15 }, results: [{ ...ENTRY, document: { text: 'bbbb' } }] },
    15,
  ],
  ['Cohere, in tokens', { id: 'x', results: [ENTRY], meta: { tokens: { input_tokens: 21 } } }, 21],
  ['Voyage', { object: 'list', data: [ENTRY], model: 'm', usage: { total_tokens: 26 } }, 26],
])('wire case 262: the reply of %s passes byte for byte, with its usage', (_name, reply, tokens) => {
  const whole = answered(reply);
  expect(whole.body).toEqual(json(reply));
  expect(whole.usage).toEqual({
    inputTokens: tokens,
    outputTokens: 0,
    cachedInputTokens: null,
    reasoningTokens: null,
  });
});

test('searches are no tokens: the usage of Cohere is then an estimate, and marked as one', () => {
  const { usage } = answered({ results: [ENTRY], meta: { billed_units: { search_units: 1 } } });
  expect(usage).toMatchObject({ inputTokens: 3, estimated: true });
});

test('wire case 261: the bare list of text-embeddings-inference passes', () => {
  const list = [{ index: 0, score: 0.3, text: 'aaaa' }];
  const whole = answered(list, { documents: undefined, texts: ['aaaa'] });
  expect(whole.body).toEqual(json(list));
  expect(whole.usage).toMatchObject({ estimated: true });
});

test.each([
  ['no list', {}, 'no list of results'],
  ['vectors', { data: [{ index: 0, embedding: [1] }] }, 'without a score'],
  ['a score that is no number', { results: [{ index: 0, relevance_score: null }] }, 'without a score'],
  ['no index', { results: [{ relevance_score: 1 }] }, 'without the index'],
  ['a document that was not sent', { results: [{ ...ENTRY, index: 2 }] }, 'document 2'],
  ['a document twice', { results: [ENTRY, ENTRY] }, 'document 1'],
])('wire case 261: %s is no reply', (_name, reply, words) => {
  expect(() => answered(reply)).toThrow(
    expect.objectContaining({ kind: 'malformed', message: expect.stringContaining(words) as unknown }),
  );
});

test('a reply that is no JSON, and an error with status 200, are faults', () => {
  expect(() => open({}).unary(Buffer.from('['))).toThrow(WireFault);
  expect(() => open({}).unary(Buffer.from('<html>'))).toThrow(expect.objectContaining({ kind: 'malformed' }));
  const error = { error: { message: 'no', type: 'server_error' } };
  expect(() => answered(error)).toThrow(expect.objectContaining({ kind: 'error_event' }));
});
