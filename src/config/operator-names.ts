import type { LaneConfig } from './config.ts';
import { formatModelId } from '../protocol/model-id.ts';
import { isList, isObject, type Json } from './files/json.ts';
import type { Layer } from './layers.ts';

/**
 * Every text and key of the layers that the operator wrote, and the models of the environment's targets: a model id that
 * is not among them is named by the shipped defaults only. Computed on first use.
 */
export function operatorNames(
  layers: readonly Layer[],
  targets: Iterable<LaneConfig['environment_target']>,
): () => ReadonlySet<string> {
  const environment = [...targets];
  let names: Set<string> | null = null;
  return () => {
    if (names !== null) return names;
    names = new Set<string>();
    for (const { shipped, values } of layers) if (!shipped) collect(values, names);
    for (const target of environment) {
      if (target !== null && target.model !== null) names.add(formatModelId(target.provider, target.model));
    }
    return names;
  };
}

function collect(value: Json, names: Set<string>): void {
  if (typeof value === 'string') names.add(value);
  else if (isList(value)) for (const item of value) collect(item, names);
  else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      names.add(key);
      collect(item, names);
    }
  }
}
