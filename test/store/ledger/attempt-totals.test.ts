import { expect, it } from 'vitest';

import { requestIds } from '../../../src/util/request-id.ts';
import { ledgerAttempt, ledgerRow, openForTest, temporaryFolder } from '../harness.ts';

const DAY = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };

it('counts how the attempts of each target ended, also those that another target made up for', async () => {
  const directory = temporaryFolder();
  const store = await openForTest(directory);
  const ids = requestIds(() => Date.parse('2026-01-01T12:00:00.000Z'), '0000');
  const early = requestIds(() => Date.parse('2025-12-31T12:00:00.000Z'), '0000');
  const failed = ledgerAttempt(1, { target: 'a/m', class: 'unanswered' });
  store.record(ledgerRow(ids(), { attempts: [failed, ledgerAttempt(2, { target: 'b/m' })] }));
  store.record(ledgerRow(ids(), { attempts: [failed, ledgerAttempt(2, { target: 'b/m' })] }));
  store.record(ledgerRow(ids(), { attempts: [ledgerAttempt(1, { target: 'a/m' })] }));
  store.record(ledgerRow(early(), { startedMs: Date.parse('2025-12-31T12:00:00.000Z'), attempts: [failed] }));
  await store.close();
  expect(await (await openForTest(directory)).attemptTotals(DAY)).toEqual([
    { target: 'a/m', class: null, attempts: 1 },
    { target: 'a/m', class: 'unanswered', attempts: 2 },
    { target: 'b/m', class: null, attempts: 2 },
  ]);
});
