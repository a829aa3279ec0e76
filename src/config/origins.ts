import { effective, mapLeaves, type ConfigContent } from './effective.ts';
import { formatPath } from './faults.ts';
import { valueAt } from './files/json.ts';
import { layerName, type Layer } from './layers.ts';

/** The layer of each leaf of a configuration by formatted path; `layers` are ordered weakest first. */
export function leafOrigins(content: ConfigContent, layers: readonly Layer[]): ReadonlyMap<string, string> {
  const origins = new Map<string, string>();
  mapLeaves(effective(content), (value, path) => {
    origins.set(formatPath(path), originOf(path, layers));
    return value;
  });
  return origins;
}

function originOf(path: readonly string[], layers: readonly Layer[]): string {
  const [section, , part, key] = path;
  if (section === 'lanes' && part === 'environment_target') return 'environment';
  const layer = strongest(path, layers);
  if (layer !== null) return layerName(layer);
  // Lanes inherit deadlines from `defaults`.
  if (section === 'lanes' && part === 'deadlines' && key !== undefined) {
    return originOf(['defaults', 'deadlines', key], layers);
  }
  return 'default';
}

/** The strongest layer with a value at a path, unless a stronger one removed it by null. */
function strongest(path: readonly string[], layers: readonly Layer[]): Layer | null {
  for (const layer of layers.toReversed()) {
    for (let length = 1; length <= path.length; length += 1) {
      const value = valueAt(layer.values, path.slice(0, length));
      if (value === null) return null;
      if (value === undefined) break;
      if (length === path.length) return layer;
    }
  }
  return null;
}
