import { expect, test } from 'vitest';

import { settingsAt } from '../../../src/engines/pool/switch/ladder.ts';
import { CoreWorld } from './core-world.ts';

const MODEL = { contextLength: null, largestContext: 131_072, seenContext: null, quantizesCache: false };

test.each([
  ['half of what is configured', { ...MODEL, contextLength: 16_384, seenContext: 65_536 }, 8_192],
  ['half of what its engine chose at an earlier load', { ...MODEL, seenContext: 16_384 }, 8_192],
  ['32,768 tokens where its engine chose an unknown window', MODEL, 32_768],
])('after "out of memory" a model is loaded with %s', (_, model, contextLength) => {
  expect(settingsAt(1, model)).toEqual({ contextLength, quantizedCache: false });
});

test('a model whose engine chose a small window is not loaded with a larger one after "out of memory"', () => {
  expect(settingsAt(1, { ...MODEL, seenContext: 4_096 })).toBe(null);
});

test('a guessed window that did not fit either is not used again: the engine chooses the next one', () => {
  const world = new CoreWorld({ 'e/a': { gb: 60 } });
  world.request('e/a');
  world.answer('out_of_memory');
  expect(world.calls).toMatchObject([{ type: 'load', settings: { contextLength: 16_384 } }]);
  world.answer('out_of_memory');
  world.pass(31_000);
  world.request('e/a');
  expect(world.calls).toMatchObject([{ type: 'load', settings: { contextLength: null } }]);
});
