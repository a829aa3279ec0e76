import type { PoolBudget } from '../memory/budget.ts';

/** Bytes in words, such as `38.5 GB`; less than one in `MB`. */
export function gigabytes(bytes: number): string {
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Why there is no room for a model. */
export function misfitText(target: string, needBytes: number | null, budget: PoolBudget): string {
  const { budgetBytes, reserveBytes, usedBytes } = budget;
  if (needBytes === null || budgetBytes === null)
    return `${target} does not fit beside the models that have to stay loaded`;
  const reserve = reserveBytes ?? 0;
  const pool = `the pool has ${gigabytes(budgetBytes - reserve)} for models (${gigabytes(budgetBytes)} less a reserve of ${gigabytes(reserve)})`;
  const used =
    usedBytes > 0 ? `, and ${gigabytes(usedBytes)} of that are in use and cannot all be freed` : '';
  return `${target} needs ${gigabytes(needBytes)}, but ${pool}${needBytes > budgetBytes - reserve ? '' : used}`;
}
