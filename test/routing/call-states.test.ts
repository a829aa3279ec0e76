import { expect, test } from 'vitest';

import { CallStates } from '../../src/routing/call-states.ts';

const HOUR = 60 * 60 * 1000;

function setUp(): { states: CallStates; pass(ms: number): void; known(): string[] } {
  let now = 1_000;
  const states = new CallStates(() => now);
  return {
    states,
    pass: (ms) => {
      now += ms;
    },
    known: () => [...(states.known?.keys() ?? [])],
  };
}

test('the state of a call is known for an hour, with the target that made it', () => {
  const { states, pass, known } = setUp();
  expect(states.known).toBeNull();
  states.note([{ callId: 'c1', state: '{"a":1}' }], 'a/m');
  expect(states.known?.get('c1')).toMatchObject({ target: 'a/m', state: '{"a":1}' });
  pass(HOUR / 2);
  states.note([{ callId: 'c2', state: '{}' }], 'b/m');
  pass(HOUR / 2);
  expect(known()).toEqual(['c1', 'c2']);
  pass(1);
  expect(known()).toEqual(['c2']);
  pass(HOUR);
  expect(states.known).toBeNull();
});

test('memory is bounded: the oldest states are forgotten, and none of excessive length is kept', () => {
  const { states, known } = setUp();
  for (let at = 0; at < 10_010; at += 1) states.note([{ callId: `c${at}`, state: '{}' }], 'a/m');
  expect(known()).toHaveLength(10_000);
  expect(known()[0]).toBe('c10');
  const long = 'x'.repeat(250 * 1024);
  for (let at = 0; at < 100; at += 1) states.note([{ callId: `long${at}`, state: long }], 'a/m');
  expect(known().length).toBeLessThan(40);
  expect(known().at(-1)).toBe('long99');
  states.note([{ callId: 'huge', state: 'x'.repeat(300 * 1024) }], 'a/m');
  expect(known()).not.toContain('huge');
});

test('a call id that is used again has its latest state', () => {
  const { states } = setUp();
  states.note([{ callId: 'c', state: '1' }], 'a/m');
  states.note([{ callId: 'c', state: '2' }], 'b/m');
  expect(states.known?.get('c')).toMatchObject({ target: 'b/m', state: '2' });
});
