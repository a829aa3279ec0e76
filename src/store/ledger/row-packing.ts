import type { LedgerRow } from '../../protocol/ledger.ts';
import { KindIndex, type RequestKind } from './request-kind.ts';
import { pushCells, type Cell } from './row-encoding.ts';

/**
 * Ledger rows for the worker: each distinct kind once, and a flat array, which the structured clone copies in a third of
 * the time that objects or JSON take. A request takes REQUEST_WIDTH cells; its `kind_id` is an index into `kinds`.
 */
export interface PackedRows {
  readonly kinds: readonly RequestKind[];
  readonly cells: readonly Cell[];
}

/** Packs rows for the worker. */
export function packRows(rows: readonly LedgerRow[]): PackedRows {
  const cells: Cell[] = [];
  const index = new KindIndex();
  for (const row of rows) pushCells(cells, row, index.indexOf(row));
  return { kinds: index.kinds, cells };
}
