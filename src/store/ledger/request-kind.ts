import type { LedgerRow } from '../../protocol/ledger.ts';
import { requestMark } from '../../util/request-id.ts';

/**
 * What a request has in common with many others: what was asked, where it was sent and how it ended. Each combination is
 * stored once, so that a request needs one number for all of it.
 */
export interface RequestKind extends Pick<
  LedgerRow,
  | 'endpoint'
  | 'wire'
  | 'requested'
  | 'node'
  | 'lane'
  | 'rule'
  | 'target'
  | 'generation'
  | 'stream'
  | 'state'
  | 'status'
  | 'usageEstimated'
  | 'plan'
> {
  /** The end of the ids of its process. */
  readonly mark: string;
}

/** The kind of a request. */
export function kindOf(row: LedgerRow): RequestKind {
  return {
    mark: requestMark(row.id),
    endpoint: row.endpoint,
    wire: row.wire,
    requested: row.requested,
    node: row.node,
    lane: row.lane,
    rule: row.rule,
    target: row.target,
    generation: row.generation,
    stream: row.stream,
    state: row.state,
    status: row.status,
    usageEstimated: row.usageEstimated,
    plan: row.plan,
  };
}

/** Whether a request is of that kind. */
function isOf(kind: RequestKind, row: LedgerRow): boolean {
  return (
    kind.plan === row.plan &&
    kind.state === row.state &&
    kind.status === row.status &&
    kind.target === row.target &&
    kind.node === row.node &&
    kind.lane === row.lane &&
    kind.rule === row.rule &&
    kind.stream === row.stream &&
    kind.generation === row.generation &&
    kind.usageEstimated === row.usageEstimated &&
    kind.wire === row.wire &&
    kind.endpoint === row.endpoint &&
    row.id.endsWith(kind.mark)
  );
}

/** Collects the distinct kinds of requests. */
export class KindIndex {
  readonly kinds: RequestKind[] = [];
  /** The indexes of the kinds by the requested name. */
  readonly #byName = new Map<string, number[]>();

  /** The index of the request's kind in `kinds`. */
  indexOf(row: LedgerRow): number {
    let indexes = this.#byName.get(row.requested);
    if (indexes === undefined) this.#byName.set(row.requested, (indexes = []));
    for (const index of indexes) {
      const kind = this.kinds[index];
      if (kind !== undefined && isOf(kind, row)) return index;
    }
    const index = this.kinds.push(kindOf(row)) - 1;
    indexes.push(index);
    return index;
  }
}
