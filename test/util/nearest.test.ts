import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/util/nearest.ts';

const names = ['preferred', 'params', 'requirements', 'cloud_fallback', 'description'];
const models = [
  'openai/gpt-4o',
  'openai/gpt-4o-mini',
  'groq/llama-3.3-70b-versatile',
  'ollama/qwen2.5-coder:14b',
  'coder',
];

describe('nearest names', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['prefered', names, ['preferred']],
    ['PREFERRED', names, ['preferred']],
    ['parmas', names, ['params']],
    ['fallback', names, ['cloud_fallback']],
    ['descr', names, ['description']],
    ['gpt-4o-mni', models, ['openai/gpt-4o-mini', 'openai/gpt-4o']],
    ['qwen2.5-codr:14b', models, ['ollama/qwen2.5-coder:14b']],
    ['openai/gpt4o', models, ['openai/gpt-4o', 'openai/gpt-4o-mini']],
    ['llama-3.3', models, ['groq/llama-3.3-70b-versatile']],
    ['codr', models, ['coder']],
    ['zzzz', models, []],
    ['', models, []],
  ];
  for (const [word, candidates, expected] of cases) {
    it(`"${word}"`, () => {
      expect(nearest(word, candidates, 3)).toEqual(expected);
    });
  }

  it('an equal name comes first, then the smallest mistake, then names that contain the word', () => {
    expect(nearest('coder', ['super-coder', 'coders', 'codre', 'coder'], 9)).toEqual([
      'coder',
      'coders',
      'codre',
      'super-coder',
    ]);
  });

  it('the limit is respected, and equal candidates count once', () => {
    expect(nearest('aaa', ['aab', 'aac', 'aac', 'aad'], 2)).toEqual(['aab', 'aac']);
  });

  it('only the start of a very long word is compared', () => {
    const long = `coder${'x'.repeat(5_000_000)}`;
    expect(nearest(long, models, 3)).toEqual(['coder']);
  });
});
