import { expect, test } from 'vitest';
import { resolveName } from '../../src/routing/name.ts';
import { ask, snapshotOf } from '../support/snapshot.ts';

test('the 404 for an unknown model suggests no pattern of aliases, as a pattern is no name to send', () => {
  const aliases = { 'gpt-4': 'lane:main', 'gpt-4-*': 'lane:main' };
  const snapshot = snapshotOf({ lanes: { main: {} }, aliases });
  expect(() => resolveName(ask('gpt-4o'), snapshot)).toThrow(/did you mean "gpt-4"\?/);
});
