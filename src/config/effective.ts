import type { Config } from './config.ts';
import { formatPath } from './faults.ts';
import { isObject, mapObject, withoutNulls, type Json, type JsonObject } from './files/json.ts';

/** The content of a configuration, without metadata. */
export type ConfigContent = Omit<Config, 'fingerprint' | 'origins' | 'operatorNames' | 'warnings' | 'notes'>;

/**
 * The effective configuration in the form of a single file: snake_case, with defaults, without absent values. API keys
 * and secret headers stay references, as in files.
 */
export function effective(config: ConfigContent): JsonObject {
  const {
    fingerprint: _1,
    origins: _2,
    operatorNames: _3,
    warnings: _4,
    notes: _5,
    ...content
  } = config as Config;
  return withoutNulls(JSON.parse(JSON.stringify(content)) as JsonObject);
}

/** The same with each leaf as `{ value, layer }`. A list is one leaf, because layers replace lists as a whole. */
export function explain(config: Config): JsonObject {
  const origins = config.origins();
  return mapLeaves(effective(config), (value, path) => ({
    value,
    layer: origins.get(formatPath(path)) ?? 'default',
  }));
}

/** A copy with each leaf mapped by `change`; empty objects are kept. */
export function mapLeaves(
  object: JsonObject,
  change: (value: Json, path: readonly string[]) => Json,
  path: readonly string[] = [],
): JsonObject {
  return mapObject(object, (value, key) => {
    const here = [...path, key];
    return isObject(value) ? mapLeaves(value, change, here) : change(value, here);
  });
}
