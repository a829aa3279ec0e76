import { expect, test } from 'vitest';

import { engineStarted, engineStarting } from '../../src/http/engine-start.ts';

// Until an engine runs, nothing is known of what it can load: a call told "its provider is no local engine" would be wrong.

const never = new Promise<undefined>(() => undefined);

test.each([
  ['of an engine that runs goes on at once', null, true],
  ['waits for the start', Promise.resolve(), true],
  ['is answered in time where the start takes longer', never, false],
])('a call %s', async (_what, ended, expected) => {
  const start =
    ended === null ? null : { ended, why: () => 'its engine is being started', retryAfterMs: 1_000 };
  const engines = { starting: () => start };
  expect(await engineStarted(engines, 'l/a', 20)).toBe(expected);
});

test('a call that is not waited for says what is, and when to come again', () => {
  const why = (): string => 'its engine is started again once 2 requests have ended';
  const engines = { starting: () => ({ ended: never, why, retryAfterMs: 5_000 }) };
  expect(engineStarting(engines, 'l/a')).toMatchObject({
    code: 'model_loading',
    message: 'l/a cannot be loaded or unloaded yet: its engine is started again once 2 requests have ended',
    options: { retryAfterS: 5 },
  });
});
