import type { WarningList } from './warning-list.ts';

/**
 * The first `most` stop sequences, with a warning that names the field if there are more; the same array if there are
 * not. null: any number is accepted.
 */
export function firstStops<Stop>(
  stops: readonly Stop[],
  most: number | null,
  name: string,
  warnings: Pick<WarningList, 'changed'>,
): readonly Stop[] {
  if (most === null || stops.length <= most) return stops;
  warnings.changed(`${name} (first ${most} of ${stops.length})`);
  return stops.slice(0, most);
}
