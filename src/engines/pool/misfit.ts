import type { LeaseRefusal } from '../../protocol/lease.ts';
import { type PoolBudget, smallestBudgetGb } from '../memory/budget.ts';
import type { ModelRecord } from './model-record.ts';
import type { ModelTable } from './model-table.ts';
import { couldFit } from './schedule/schedule.ts';
import type { PoolSettings } from './settings.ts';
import { budgetText, gigabytes, misfitText, noRoomText, reserveText, staysText } from './texts.ts';

/** What a misfit is found in. */
export interface MisfitParts {
  /** Of the pool. */
  readonly name: string;
  readonly table: ModelTable;
  readonly settings: PoolSettings;
}

/** A model that keeps its memory for now. */
interface Holder {
  readonly record: ModelRecord;
  /** Follows its name. */
  readonly why: string;
}

/** The models with the most memory are named, and no more than these. */
const NAMED = 4;
/** Less than this is lost among what other programs do. */
const NOTEWORTHY = 1e8;

/**
 * The refusal of a model that has no room: what holds the memory, and what would help. Final where it would not fit even
 * if everything but pinned models were unloaded and no other program ran.
 */
export function misfitRefusal(parts: MisfitParts, record: ModelRecord): LeaseRefusal {
  const { table, settings } = parts;
  const message = messageOf(parts, record);
  const { budgetBytes, reserveBytes } = table.account(settings);
  const needBytes = table.need(record);
  const isFinal =
    needBytes !== null &&
    budgetBytes !== null &&
    needBytes > budgetBytes - (reserveBytes ?? 0) - pinnedBytes(table, record);
  const refusal = { reason: 'does_not_fit', message, retryAfterMs: null } as const;
  return isFinal ? { ...refusal, isFinal } : refusal;
}

/** The same, or null if there could be room once others are unloaded. */
export function misfitOf(parts: MisfitParts, record: ModelRecord): LeaseRefusal | null {
  const { table, settings } = parts;
  const free = table.freeAtBest(settings, record.model.target);
  return couldFit(table.need(record), free) ? null : misfitRefusal(parts, record);
}

/** Models that keep their memory for now, beside one, as far as they are known: each with its reason. */
export function holdersBeside(table: ModelTable, record: ModelRecord): readonly string[] {
  return namesOf(holdersOf(table, record));
}

function messageOf({ name, table, settings }: MisfitParts, record: ModelRecord): string {
  const { target } = record.model;
  const holders = holdersOf(table, record);
  const staying = new Set(holders.map((each) => each.record));
  const idle = [...table.records.values()].filter((each) => !staying.has(each));
  const freeBytes = table.freeAfter(
    settings,
    idle.map(({ model }) => model.target),
  );
  const needBytes = table.need(record);
  const account = table.account(settings);
  const { budgetBytes } = account;
  if (needBytes === null || freeBytes === null || budgetBytes === null || needBytes <= freeBytes)
    return noRoomText(target, namesOf(holders));
  const reserveBytes = account.reserveBytes ?? 0;
  const others = budgetBytes - reserveBytes - freeBytes - sumOf(holders);
  return misfitText({
    ...{ target, pool: name, needBytes, freeBytes, budgetBytes, reserveBytes },
    contextLength: record.model.contextLength,
    holders: [...namesOf(holders), ...othersText(others, settings)],
    remedy: remedyOf({ name, table, settings }, record, holders, account),
  });
}

function remedyOf(
  { name, table, settings }: MisfitParts,
  record: ModelRecord,
  holders: readonly Holder[],
  { budgetBytes, reserveBytes }: PoolBudget,
): string | null {
  const needBytes = table.need(record) ?? 0;
  const most = (budgetBytes ?? 0) - (reserveBytes ?? 0);
  const staying = most - (table.freeAtBest(settings, record.model.target) ?? most);
  if (settings.budgetBytes === null) {
    if (needBytes <= most) return null;
    const spareBytes = (budgetBytes ?? 0) - staying - needBytes;
    return spareBytes > 0 ? reserveText(name, spareBytes) : 'it never fits into the memory of this machine';
  }
  return budgetText(name, smallestBudgetGb(settings, table.sample, needBytes + staying), {
    afterRequests: holders.some((each) => each.record.inFlight > 0 && table.mayGo(each.record)),
    machineBytes: table.sample?.totalBytes ?? null,
  });
}

function holdersOf(table: ModelTable, record: ModelRecord): readonly Holder[] {
  return [...table.records.values()]
    .filter((each) => each !== record && (each.bytes > 0 || each.state === 'loaded'))
    .map((each) => ({ record: each, why: staysText(each, table.engineOf(each)?.canUnload ?? false) }))
    .filter((each): each is Holder => each.why !== null)
    .sort((a, b) => b.record.bytes - a.record.bytes);
}

function namesOf(holders: readonly Holder[]): readonly string[] {
  const named = holders.slice(0, NAMED).map(({ record: { model, bytes }, why }) => {
    const size = bytes > 0 ? ` (${gigabytes(bytes)})` : '';
    return `${model.target}${size} ${why}`;
  });
  const left = holders.slice(NAMED);
  return left.length === 0 ? named : [...named, `${left.length} more have ${gigabytes(sumOf(left))}`];
}

function sumOf(holders: readonly Holder[]): number {
  return holders.reduce((sum, { record }) => sum + record.bytes, 0);
}

/** With a configured budget, what no known model takes are loaded models that the configuration does not name. */
function othersText(bytes: number, { budgetBytes }: PoolSettings): readonly string[] {
  if (bytes < NOTEWORTHY) return [];
  const who = budgetBytes === null ? 'other programs use' : 'models that are not configured take';
  return [`${who} ${gigabytes(bytes)}`];
}

function pinnedBytes(table: ModelTable, record: ModelRecord): number {
  let sum = 0;
  for (const each of table.records.values()) if (each !== record && each.model.pinned) sum += each.bytes;
  return sum;
}
