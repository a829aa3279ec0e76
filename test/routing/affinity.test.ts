import { expect, test } from 'vitest';

import { Affinity } from '../../src/routing/affinity.ts';

const HOUR = 60 * 60 * 1000;

function setUp(): { affinity: Affinity; pass(ms: number): void } {
  let now = 1_000;
  return {
    affinity: new Affinity(() => now),
    pass: (ms) => {
      now += ms;
    },
  };
}

test('wire case 204: a conversation is pinned to the target of its latest known thinking', () => {
  const { affinity } = setUp();
  affinity.note(['sig-1'], { target: 'a/m', head: 'a/m' });
  affinity.note(['sig-2', 'redacted-data'], { target: 'b/m', head: 'a/m' });
  expect(affinity.pinOf(['sig-1'])?.target).toBe('a/m');
  expect(affinity.pinOf(['sig-1', 'sig-2'])).toEqual({ target: 'b/m', head: 'a/m' });
  expect(affinity.pinOf(['redacted-data', 'sig-1', 'of somebody else'])?.target).toBe('a/m');
  expect(affinity.pinOf(['of somebody else'])).toBeNull();
  expect(affinity.pinOf([])).toBeNull();
});

test('a target gets all thinking unless another one is known to have produced some, then only its own', () => {
  const { affinity } = setUp();
  affinity.note(['sig-1'], { target: 'a/m', head: null });
  affinity.note(['sig-2'], { target: 'b/m', head: null });
  expect(affinity.shownTo('a/m', ['sig-1', 'unknown'])).toBeNull();
  expect(affinity.shownTo('a/m', ['sig-1', 'sig-2', 'unknown'])).toEqual(['sig-1']);
  expect(affinity.shownTo('c/m', ['sig-1', 'sig-2', 'unknown'])).toEqual([]);
});

test('a conversation is forgotten an hour after its last turn, not after its first', () => {
  const { affinity, pass } = setUp();
  affinity.note(['sig-1'], { target: 'a/m', head: null });
  pass(HOUR - 1);
  expect(affinity.pinOf(['sig-1'])?.target).toBe('a/m');
  pass(HOUR - 1);
  expect(affinity.pinOf(['sig-1'])?.target).toBe('a/m');
  pass(HOUR + 1);
  expect(affinity.pinOf(['sig-1'])).toBeNull();
  expect(affinity.shownTo('b/m', ['sig-1'])).toBeNull();
});

test('beyond 10,000 signatures the least recently used one is evicted', () => {
  const { affinity } = setUp();
  for (let index = 0; index < 10_000; index += 1) {
    affinity.note([`sig-${index}`], { target: 'a/m', head: null });
  }
  affinity.pinOf(['sig-0']);
  affinity.note(['one more'], { target: 'a/m', head: null });
  expect(affinity.pinOf(['sig-1'])).toBeNull();
  expect(affinity.pinOf(['sig-0'])?.target).toBe('a/m');
  expect(affinity.pinOf(['one more'])?.target).toBe('a/m');
});
