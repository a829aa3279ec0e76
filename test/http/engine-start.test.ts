import { expect, test } from 'vitest';

import { engineStarted } from '../../src/http/engine-start.ts';

// Until an engine runs, nothing is known of what it can load: a call told "its provider is no local engine" would be wrong.

const never = new Promise<undefined>(() => undefined);

test.each([
  ['of an engine that runs goes on at once', null, true],
  ['waits for the start', Promise.resolve(), true],
  ['is answered in time where the start takes longer', never, false],
])('a call %s', async (_what, starting, expected) => {
  expect(await engineStarted({ starting: () => starting }, 'l/a', 20)).toBe(expected);
});
