import { formatPath, quote } from './faults.ts';
import { valueAt } from './files/json.ts';
import type { Layer } from './layers.ts';
import type { FileConfig } from './schema/schema.ts';

/** How many lanes the warning of a missing default lane names. */
const SHOWN_LANES = 12;

/**
 * One line if lanes are defined, but not the default lane, which then has no models; and one for each alias of the
 * operator's files that is the name of a node or lane, which are looked up first.
 */
export function nameWarnings(
  file: Pick<FileConfig, 'aliases' | 'lanes' | 'nodes' | 'default_lane'>,
  defaultLane: string,
  layers: readonly Layer[],
): string[] {
  const { aliases, lanes, nodes } = file;
  const lines: string[] = [];
  const names = Object.keys(lanes);
  if (file.default_lane === undefined && names.length > 0 && !Object.hasOwn(lanes, defaultLane)) {
    const shown = names.slice(0, SHOWN_LANES).join(', ');
    const more = names.length > SHOWN_LANES ? ', …' : '';
    lines.push(
      `default_lane is ${quote(defaultLane)}, which no file defines; set it to one of: ${shown}${more}`,
    );
  }
  for (const alias of Object.keys(aliases)) {
    const path = ['aliases', alias];
    const taken = Object.hasOwn(nodes, alias) ? 'node' : Object.hasOwn(lanes, alias) ? 'lane' : null;
    const layer = layers.findLast(({ values }) => valueAt(values, path) !== undefined);
    if (taken === null || layer?.shipped === true) continue;
    lines.push(`${formatPath(path)}: has no effect, because a ${taken} has this name; rename the alias`);
  }
  return lines;
}
