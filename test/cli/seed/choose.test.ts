import { expect, test } from 'vitest';
import { rankModels, type Aim, type Candidate, type Wish } from '../../../src/cli/seed/choose.ts';

const UNKNOWN: Omit<Candidate, 'id'> = {
  ...{ kind: 'chat', speed: null, supportsTools: null, strength: null, parameters: null, price: null },
  isRetired: false,
};

function model(id: string, known: Partial<Candidate> = {}): Candidate {
  return { ...UNKNOWN, id, ...known };
}

function rank(aim: Aim, models: readonly Candidate[], wish: Partial<Wish> = {}): string[] {
  const plain = { aim, configured: null, successors: [], earlier: null, lane: null };
  return rankModels(models, { ...plain, ...wish }).map(({ id }) => id);
}

test('the configured model comes first, then its successors, that of an earlier run, the lane, then the others', () => {
  const models = ['x/other', 'x/second', 'x/first', 'x/new', 'x/own'].map((id) => model(id));
  const wish = {
    ...{ configured: 'x/own', successors: ['x/new'], earlier: 'x/second' },
    lane: { name: 'orchestrator', models: ['x/missing', 'x/first', 'x/second'] },
  };
  const ranked = rankModels(models, { aim: 'strong', ...wish });
  expect(ranked).toEqual([
    { id: 'x/own', why: 'the configured model' },
    { id: 'x/new', why: 'its successor' },
    { id: 'x/second', why: 'set by an earlier run' },
    { id: 'x/first', why: 'in lane:orchestrator' },
    { id: 'x/other', why: 'strongest reasoning' },
  ]);
});

test('reasoning gets the strongest model; where strengths are unknown, the largest', () => {
  const models = [
    model('x/small', { parameters: 1e9 }),
    model('x/large', { parameters: 70e9 }),
    model('x/known', { strength: 0.9 }),
    model('x/weak', { strength: 0.2, speed: 'ultra_fast' }),
  ];
  expect(rank('strong', models)).toEqual(['x/known', 'x/large', 'x/small', 'x/weak']);
});

test('a model that is known to support tools is better for reasoning than one that does not', () => {
  const models = [
    model('x/without', { supportsTools: false, strength: 0.9 }),
    model('x/with', { supportsTools: true }),
  ];
  expect(rank('strong', models)).toEqual(['x/with', 'x/without']);
});

test('tools get the quickest model that supports them and is not too small for it', () => {
  const models = [
    model('x/slow', { supportsTools: true, speed: 'slow' }),
    model('x/fast', { supportsTools: true, speed: 'very_fast' }),
    model('x/without', { supportsTools: false, speed: 'ultra_fast' }),
    model('x/tiny', { supportsTools: true, speed: 'ultra_fast', parameters: 1e9 }),
    model('x/unsure', { speed: 'ultra_fast' }),
  ];
  expect(rank('quick', models)).toEqual(['x/fast', 'x/slow', 'x/tiny', 'x/unsure']);
});

test('equally quick models are ordered by the lane, then the price', () => {
  const models = [
    model('x/dear', { price: 9 }),
    model('x/cheap', { price: 1 }),
    model('x/listed'),
    model('x/local', { price: 0 }),
  ];
  const lane = { name: 'executor', models: ['x/listed'] };
  expect(rank('quick', models, { lane })).toEqual(['x/listed', 'x/local', 'x/cheap', 'x/dear']);
});

test('embeddings get embedding models only, those without a price per token first; other types get none', () => {
  const models = [
    model('x/chat'),
    model('x/vectors', { kind: 'embeddings' }),
    model('x/local', { kind: 'embeddings', price: 0 }),
    model('x/rerank', { kind: 'rerank' }),
  ];
  expect(rank('vectors', models)).toEqual(['x/local', 'x/vectors']);
  expect(rank('strong', models)).toEqual(['x/chat']);
});

test('a retired model is the last resort, unless it is the configured one', () => {
  const models = [model('x/old', { isRetired: true, strength: 1 }), model('x/new', { strength: 0.1 })];
  expect(rank('strong', models, { successors: ['x/old'] })).toEqual(['x/new', 'x/old']);
  expect(rank('strong', models, { configured: 'x/old' })).toEqual(['x/old', 'x/new']);
});

test('the order does not depend on the order of the lists', () => {
  const models = ['x/b', 'x/a', 'y/a'].map((id) => model(id));
  for (const aim of ['strong', 'quick'] as const) {
    expect(rank(aim, models)).toEqual(rank(aim, models.toReversed()));
  }
});
