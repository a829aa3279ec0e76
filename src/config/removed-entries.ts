import { DEFAULT_LANE } from './validate/references.ts';
import { formatPath, type Path } from './faults.ts';
import { objectAt, valueAt, withoutPath, type Json, type JsonObject } from './files/json.ts';
import type { Layer } from './layers.ts';
import { mergeLayers } from './merge.ts';

/** Layers whose shipped defaults name no removed lane or node. */
export interface PrunedLayers {
  readonly layers: readonly Layer[];
  /** For each lane and node that a layer removed by null and none added again (`lane:coder`): the removing file. */
  readonly removedEntries: ReadonlyMap<string, string>;
  /** One line when shipped entries were dropped or moved. */
  readonly warnings: readonly string[];
}

/**
 * Removes from the shipped defaults what names a lane or node that a layer removed by null: the operator did not write
 * it. References in the operator's own files are left to the validation, which reports them.
 */
export function pruneShipped(layers: readonly Layer[]): PrunedLayers {
  const { values: merged } = mergeLayers(layers);
  const removedEntries = new Map([
    ...removedNames(layers, merged, 'lanes').map(([name, file]) => [`lane:${name}`, file] as const),
    ...removedNames(layers, merged, 'nodes').map(([name, file]) => [`node:${name}`, file] as const),
  ]);
  if (removedEntries.size === 0) return { layers, removedEntries, warnings: [] };
  const changes: string[] = [];
  const pruned = layers.map((layer) =>
    layer.shipped ? { ...layer, values: prune(layer.values, merged, removedEntries, changes) } : layer,
  );
  const names = [...removedEntries.keys()].join(', ');
  const warnings =
    changes.length === 0 ? [] : [`${names} removed, so of the shipped defaults: ${changes.join('; ')}`];
  return { layers: pruned, removedEntries, warnings };
}

function removedNames(
  layers: readonly Layer[],
  merged: JsonObject,
  section: 'lanes' | 'nodes',
): [string, string][] {
  const left = objectAt(merged, section);
  return layers.flatMap(({ file, values }) =>
    Object.entries(objectAt(values, section)).flatMap(([name, value]): [string, string][] =>
      value === null && !Object.hasOwn(left, name) ? [[name, file]] : [],
    ),
  );
}

/** Adds what it drops and moves to `changes`, except where a stronger layer sets the same entry. */
function prune(
  shipped: JsonObject,
  merged: JsonObject,
  removed: ReadonlyMap<string, string>,
  changes: string[],
): JsonObject {
  const lost = (target: Json | undefined): boolean =>
    typeof target === 'string' && (removed.has(`lane:${target}`) || removed.has(target));
  let values = shipped;
  const drop = (path: Path, effect: string): void => {
    const isInForce = JSON.stringify(valueAt(merged, path)) === JSON.stringify(valueAt(shipped, path));
    values = withoutPath(values, path);
    if (isInForce) changes.push(`${formatPath(path)} ${effect}`);
  };
  for (const [alias, target] of Object.entries(objectAt(shipped, 'aliases')))
    if (isLostAlias(target, merged, removed)) drop(['aliases', alias], 'dropped');
  for (const [node, value] of Object.entries(objectAt(shipped, 'nodes')))
    if (lost(valueAt(value, ['lane']))) drop(['nodes', node], 'dropped');
  if (lost(valueAt(shipped, ['rules', 'deep_ingest', 'lane']))) {
    values = withoutPath(values, ['rules', 'deep_ingest']);
    changes.push('rules.deep_ingest dropped');
  }
  if (lost(shipped['default_lane'])) {
    const lane = Object.keys(objectAt(merged, 'lanes'))[0];
    drop(['default_lane'], `moved to lane ${lane ?? `${DEFAULT_LANE}, which is empty`}`);
    if (lane !== undefined) values = { ...values, default_lane: lane };
  }
  return values;
}

function isLostAlias(target: Json, merged: JsonObject, removed: ReadonlyMap<string, string>): boolean {
  if (typeof target !== 'string') return false;
  if (/^(lane|node):/.test(target)) return removed.has(target);
  const isKept = ['nodes', 'lanes'].some((section) => Object.hasOwn(objectAt(merged, section), target));
  return !isKept && (removed.has(`lane:${target}`) || removed.has(`node:${target}`));
}
