import { expect, test } from 'vitest';
import { WarningList } from '../../src/wire/warning-list.ts';

test('a request with thousands of unknown items does not fill the ledger with its warnings, or block the process', () => {
  const warnings = new WarningList();
  for (let index = 0; index < 100_000; index += 1) warnings.dropped(`input (x${index % 50_000})`);
  expect(warnings.all).toHaveLength(100);
  expect(warnings.all[99]).toEqual({ code: 'parameter_dropped', detail: 'input (x99)' });
});
