import { expect, it } from 'vitest';
import { KindIndex, type RequestKind } from '../../../src/store/ledger/request-kind.ts';
import { requestId, requestNumber } from '../../../src/util/request-id.ts';
import { ledgerRow, rowId } from '../harness.ts';

/** Another value of each field that belongs to the kind. */
const CHANGES: Omit<RequestKind, 'mark'> = {
  ...{ endpoint: '/v1/x', wire: 'x', requested: 'auto', node: null, lane: 'coder', rule: 'deep_ingest' },
  ...{ target: null, generation: 2, stream: false, state: 'failed', status: 502, usageEstimated: true },
  plan: '[{}]',
};

it('requests that differ in one field only keep it: they are not taken for one kind', () => {
  const row = ledgerRow(rowId(1));
  const changed = Object.entries(CHANGES).map(([field, value]) => ({ ...row, [field]: value }));
  const ofOtherProcess = { ...row, id: requestId(requestNumber(row.id), 'zzzz') };
  for (const other of [...changed, ofOtherProcess]) {
    const index = new KindIndex();
    expect([row, other, row, other].map((each) => index.indexOf(each))).toEqual([0, 1, 0, 1]);
    const { mark, ...kind } = index.kinds[1] ?? { mark: '' };
    expect(other.id.endsWith(mark)).toBe(true);
    expect(other).toMatchObject(kind);
  }
});
