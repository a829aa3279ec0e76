import { formatPath, type Path } from './faults.ts';
import { valueAt } from './files/json.ts';
import { layerName, type Layer } from './layers.ts';
import type { FileConfig } from './schema/schema.ts';

/** How many places one warning lists. */
const SHOWN = 8;

/**
 * One line for each of the operator's files with entries that have no effect, because the provider of their model was
 * removed. The same entries of the shipped defaults are left out silently: nobody wrote them.
 */
export function removedReferenceWarnings(
  file: Pick<FileConfig, 'aliases' | 'lanes' | 'models' | 'nodes'>,
  layers: readonly Layer[],
  isKept: (modelId: string) => boolean,
): string[] {
  const found = new Map<string, string[]>();
  const add = (path: Path, ids: readonly string[]): void => {
    const lost = ids.filter((id) => !isKept(id));
    if (lost.length === 0) return;
    const layer = layers.findLast(({ values }) => valueAt(values, path) !== undefined);
    if (layer === undefined || layer.shipped) return;
    const name = layerName(layer);
    found.set(name, [...(found.get(name) ?? []), `${formatPath(path)} (${lost.join(', ')})`]);
  };
  for (const [alias, target] of Object.entries(file.aliases))
    if (!/^(node|lane):/.test(target)) add(['aliases', alias], [target]);
  for (const [name, lane] of Object.entries(file.lanes)) {
    add(['lanes', name, 'preferred'], lane.preferred);
    add(['lanes', name, 'cloud_fallback'], lane.cloud_fallback);
  }
  for (const [name, node] of Object.entries(file.nodes)) add(['nodes', name, 'fallbacks'], node.fallbacks);
  for (const [id, model] of Object.entries(file.models)) add(['models', id, 'fallbacks'], model.fallbacks);
  return [...found].map(
    ([name, places]) => `${name}: left out, because the provider was removed: ${list(places)}`,
  );
}

function list(places: readonly string[]): string {
  const more = places.length - SHOWN;
  return more > 0 ? `${places.slice(0, SHOWN).join(', ')} and ${more} more` : places.join(', ');
}

/** One line for the nodes that lost their model and use a lane now, and one for those that have no model. */
export function displacedNodeWarnings(
  nodes: readonly { readonly name: string; readonly isChat: boolean }[],
  defaultLane: string,
): string[] {
  const line = (names: readonly string[], effect: (isOne: boolean) => string): string[] => {
    if (names.length === 0) return [];
    const isOne = names.length === 1;
    const reason = isOne
      ? 'the provider of its model was removed'
      : 'the providers of their models were removed';
    return [`${names.map((name) => `nodes.${name}`).join(', ')}: ${effect(isOne)}, because ${reason}`];
  };
  const names = (isChat: boolean): string[] =>
    nodes.filter((node) => node.isChat === isChat).map(({ name }) => name);
  // Lanes serve chat only.
  return [
    ...line(names(true), () => `assigned to lane ${defaultLane}`),
    ...line(names(false), (isOne) => (isOne ? 'has no model' : 'have no model')),
  ];
}
