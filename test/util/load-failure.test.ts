import { expect, test } from 'vitest';

import { loadFailureReason } from '../../src/util/load-failure.ts';

test.each([
  ['Model a b could not be loaded: its server ended (exit code 1)', 'its server ended (exit code 1)'],
  ['Model a could not be loaded: Model b could not be loaded: x', 'Model b could not be loaded: x'],
  ['loading e/a showed no sign of progress for 60 s', 'loading e/a showed no sign of progress for 60 s'],
])('%s', (message, reason) => {
  expect(loadFailureReason(message)).toBe(reason);
});
