import type { AvailableModel } from '../api/types.ts';

/** Statuses of models that can answer, if need be after a load. */
const ANSWERING: readonly AvailableModel['status'][] = ['available', 'loaded', 'loading', 'unloaded'];

/** Models by provider, and within each: first what can answer. Otherwise the order stays. */
export function modelsByProvider(
  models: readonly AvailableModel[],
): (readonly [provider: string, models: AvailableModel[]])[] {
  const fitFirst = (model: AvailableModel): number => (ANSWERING.includes(model.status) ? 0 : 1);
  return [...Map.groupBy(models, ({ provider }) => provider)]
    .map(([name, all]) => [name, all.toSorted((a, b) => fitFirst(a) - fitFirst(b))] as const)
    .sort(([, [a]], [, [b]]) => (a === undefined || b === undefined ? 0 : fitFirst(a) - fitFirst(b)));
}
