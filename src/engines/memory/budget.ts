/** What may be used of a memory pool. Bytes throughout; absent knowledge is null. */
export interface BudgetSettings {
  /** Configured memory for models; null: what the machine has. */
  readonly budgetBytes: number | null;
  /** Configured memory to keep free; null: a tenth of the memory, at least 4 GB. */
  readonly reserveBytes: number | null;
}

/** The memory of a pool as last read. */
export interface MemorySample {
  readonly totalBytes: number;
  readonly usedBytes: number;
}

/** A pool's account at one moment: `freeBytes = budgetBytes − reserveBytes − usedBytes`. */
export interface PoolBudget {
  /** null: neither configured nor measured; then no more than one model is loaded at a time. */
  readonly budgetBytes: number | null;
  readonly reserveBytes: number | null;
  readonly usedBytes: number;
  /** Negative where more is in use than should be. */
  readonly freeBytes: number | null;
}

const RESERVE_SHARE = 0.1;
const LEAST_RESERVE = 4e9;

/**
 * The account of a pool whose models are charged with `chargedBytes`, after the measured use has fallen by
 * `fallBytes`. With a configured budget only the models count.
 * With a measured one, what other programs use counts as well; what is measured never lowers the sum of the models,
 * since the pages of a mapped file count as available memory.
 */
export function accountOf(
  settings: BudgetSettings,
  sample: MemorySample | null,
  chargedBytes: number,
  fallBytes = 0,
): PoolBudget {
  const budgetBytes = settings.budgetBytes ?? sample?.totalBytes ?? null;
  if (budgetBytes === null)
    return { budgetBytes, reserveBytes: settings.reserveBytes, usedBytes: chargedBytes, freeBytes: null };
  const reserveBytes =
    settings.reserveBytes ?? defaultReserve(sample?.totalBytes ?? budgetBytes, budgetBytes);
  const measured = settings.budgetBytes === null && sample !== null ? sample.usedBytes - fallBytes : 0;
  const usedBytes = Math.max(chargedBytes, measured);
  return { budgetBytes, reserveBytes, usedBytes, freeBytes: budgetBytes - reserveBytes - usedBytes };
}

/**
 * The smallest configured budget in gigabytes (10⁹ bytes) that has room for so many bytes beside its reserve. Rounded up
 * to one decimal, of less than a gigabyte to two, so that it suffices as it is written.
 */
export function smallestBudgetGb(
  { reserveBytes }: Pick<BudgetSettings, 'reserveBytes'>,
  sample: MemorySample | null,
  bytes: number,
): number {
  const perGb = bytes < 1e9 ? 100 : 10;
  for (let steps = Math.ceil((bytes / 1e9) * perGb); ; steps += 1) {
    const gb = steps / perGb;
    const { freeBytes } = accountOf({ budgetBytes: gb * 1e9, reserveBytes }, sample, bytes);
    if (freeBytes !== null && freeBytes >= 0) return gb;
  }
}

/** A budget of a few gigabytes keeps half of itself: with a reserve of 4 GB nothing would ever fit. */
function defaultReserve(memoryBytes: number, budgetBytes: number): number {
  return Math.min(Math.max(memoryBytes * RESERVE_SHARE, LEAST_RESERVE), budgetBytes / 2);
}
