import { expect, test } from 'vitest';
import { splitAdvice } from '../../src/cli/doctor/advice.ts';

test('advice that ends with a bracket of its own keeps it; that of the message is taken off', () => {
  expect(splitAdvice('it requires a token: give the right one (it is in admin.token)')).toEqual({
    ...{ found: 'it requires a token', fix: 'give the right one (it is in admin.token)' },
  });
  expect(splitAdvice('http is refused (set "local": true)')).toEqual({
    ...{ found: 'http is refused', fix: 'set "local": true' },
  });
});
