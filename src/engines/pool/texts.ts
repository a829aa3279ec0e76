import type { ModelRecord } from './model-record.ts';

/** Bytes in words, such as `38.5 GB`; less than one in `MB`, with two digits at least. */
export function gigabytes(bytes: number): string {
  if (bytes >= 999.5e6) return `${(bytes / 1e9).toFixed(1)} GB`;
  return `${(bytes / 1e6).toFixed(bytes > 0 && bytes < 9.95e6 ? 1 : 0)} MB`;
}

/** Why a model has no room, in bytes. */
export interface Misfit {
  readonly target: string;
  /** Of the pool. */
  readonly pool: string;
  readonly needBytes: number;
  /** Tokens that its configuration loads it with; null: none are configured. */
  readonly contextLength: number | null;
  /** What is left for it once all idle models are unloaded; may be negative. */
  readonly freeBytes: number;
  readonly budgetBytes: number;
  readonly reserveBytes: number;
  /** What takes the rest, each with its reason. */
  readonly holders: readonly string[];
  /** What would help; null: only what the holders say. */
  readonly remedy: string | null;
}

/** Why there is no room for a model. */
export function misfitText(misfit: Misfit): string {
  const { target, pool, needBytes, contextLength, freeBytes } = misfit;
  const { budgetBytes, reserveBytes, holders, remedy } = misfit;
  const reserve = reserveBytes > 0 ? `, less a reserve of ${gigabytes(reserveBytes)}` : '';
  const free = freeBytes > 0 ? gigabytes(freeBytes) : 'no memory';
  const has =
    freeBytes === budgetBytes
      ? `has ${free} in all`
      : `(${gigabytes(budgetBytes)}${reserve}) has ${free} for it`;
  return [
    `${target} needs ${gigabytes(needBytes)}${contextLength === null ? '' : ` with a context of ${contextLength} tokens`}, but pool "${pool}" ${has}`,
    holders.length === 0 ? '' : `: ${listed(holders)}`,
    remedy === null ? '' : `; ${remedy}`,
  ].join('');
}

/** Why a model has no room where the numbers that would show it are not known, or do not decide. */
export function noRoomText(target: string, holders: readonly string[]): string {
  const which = holders.length === 0 ? '' : `: ${listed(holders)}`;
  return `${target} does not fit beside the models that have to stay loaded${which}`;
}

/** Why a model is not loaded although others were unloaded for it. */
export function shortageText(
  target: string,
  needBytes: number,
  freeBytes: number,
  holders: readonly string[],
): string {
  const free = freeBytes > 0 ? gigabytes(freeBytes) : 'no memory';
  const which = holders.length === 0 ? '' : `; ${listed(holders)}`;
  return `${target} does not fit into the memory that is free now: it needs ${gigabytes(needBytes)}, and ${free} is free${which}`;
}

/**
 * The value of `budget_gb` with which a model would fit. `afterRequests`: once the requests in flight have ended.
 * `machineBytes` null: it is not known what the machine has.
 */
export function budgetText(
  pool: string,
  gb: number,
  { afterRequests, machineBytes }: { readonly afterRequests: boolean; readonly machineBytes: number | null },
): string {
  const when = afterRequests ? ' once the requests in flight have ended' : '';
  const isMore = machineBytes !== null && gb * 1e9 > machineBytes;
  const machine = isMore ? `, but this machine has ${gigabytes(machineBytes)} in all` : '';
  return `pools.${pool}.budget_gb of at least ${gb} would do${when}${machine}`;
}

/** The value of `reserve_gb` with which a model would fit that has room but for the reserve. */
export function reserveText(pool: string, spareBytes: number): string {
  return `pools.${pool}.reserve_gb of at most ${Math.floor(spareBytes / 1e8) / 10} would do`;
}

/** What keeps a model in memory, to follow its name; null: it is unloaded as soon as another one needs its room. */
export function staysText({ model, state, leak, inFlight }: ModelRecord, canUnload: boolean): string | null {
  if (leak !== null) return 'may not have given its memory back';
  if (model.pinned) return 'is pinned';
  if (state === 'loading' || state === 'unloading') return `is ${state}`;
  if (!canUnload) return 'cannot be unloaded by Laneway';
  if (inFlight === 0) return null;
  return `has ${inFlight} ${inFlight === 1 ? 'request' : 'requests'} in flight`;
}

/** `a, b and c`; empty for nothing. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}
