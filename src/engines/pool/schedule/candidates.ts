import type { Claims } from '../requests/claims.ts';
import { isBlocked } from '../switch/ladder.ts';
import { isWanted, keepsWaiting, type ModelRecord, wantedSince } from '../model-record.ts';
import type { ModelTable } from '../model-table.ts';
import type { Candidate } from './schedule-view.ts';

/** The candidates for the next load; a decision takes one of them. */
export function candidatesOf(table: ModelTable, claims: Claims, now: number): Candidate[] {
  const claim = claims.current;
  if (claim !== null) {
    const record = table.records.get(claim.target);
    return record === undefined || !isClaimOpen(record, table, now)
      ? []
      : [candidate(record, 'burst', table, now)];
  }
  const wanted = [...table.records.values()]
    .filter((record) => isWanted(record) && isLoadable(record, table, now))
    .map((record) => candidate(record, 'request', table, now));
  const returning = claims.returning
    .map((target) => table.records.get(target))
    .filter((record) => record !== undefined)
    .filter((record) => !isWanted(record) && isLoadable(record, table, now))
    .map((record) => candidate(record, 'return', table, claims.returningSince));
  return [...wanted, ...returning];
}

/** Can the model be loaded, and is it not? */
export function isLoadable(record: ModelRecord, table: ModelTable, now: number): boolean {
  const engine = table.engines.get(record.model.provider);
  if (engine === undefined || !engine.known || !engine.engine.canLoad) return false;
  return (record.state === 'unloaded' || record.state === 'failed') && !isBlocked(record.loads, now);
}

/** Is something left to do for a claim: load its model, or unload others? */
function isClaimOpen(record: ModelRecord, table: ModelTable, now: number): boolean {
  if (record.state !== 'loaded') return isWanted(record) && isLoadable(record, table, now);
  return [...table.records.values()].some(
    (other) =>
      other !== record &&
      other.state === 'loaded' &&
      !other.model.pinned &&
      (table.engineOf(other)?.canUnload ?? false),
  );
}

/** A model as a candidate for the next load. `since`: when it began to be wanted, if no request wants it. */
export function candidate(
  record: ModelRecord,
  cause: Candidate['cause'],
  table: ModelTable,
  since: number,
): Candidate {
  return {
    target: record.model.target,
    provider: record.model.provider,
    cause,
    needBytes: table.need(record),
    since: wantedSince(record) ?? since,
    idleOnly: !keepsWaiting(record),
    missed: record.interest?.requests ?? 0,
    background: record.interest === null && record.waiters.all().every(({ background }) => background),
    loadMs: table.loadMs(record.model.target),
    holdsOne: table.engineOf(record)?.holdsOne ?? false,
    notBefore: record.notBefore,
    resident: record.state === 'loaded',
  };
}
