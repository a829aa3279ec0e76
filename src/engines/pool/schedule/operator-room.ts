import type { ModelRecord } from '../model-record.ts';
import type { ModelTable } from '../model-table.ts';
import type { PoolSettings } from '../settings.ts';
import { roomFor } from './eviction.ts';

/**
 * What has to go so that an operator's model fits: the best suited first, also those with requests, whose end is waited
 * for; pinned ones never. null: that does not suffice.
 */
export function operatorRoom(
  table: ModelTable,
  settings: PoolSettings,
  record: ModelRecord,
  now: number,
): readonly string[] | null {
  const { target, provider } = record.model;
  const holdsOne = table.engineOf(record)?.holdsOne === true;
  const others = table.residents(() => null).filter((each) => each.target !== target);
  const needed = {
    needBytes: table.need(record),
    freeAfter: (targets: readonly string[]) => table.freeAfter(settings, targets),
    must: (each: { readonly provider: string }) => holdsOne && each.provider === provider,
    may: () => true,
  };
  return roomFor(others, needed, now);
}
