import { formatPath, type ConfigFault } from '../faults.ts';
import { isObject, withoutNulls, type Json, type JsonObject } from '../files/json.ts';
import type { Layer } from '../layers.ts';
import { findShapeFaults } from '../schema/shape.ts';

/** The keys of a configuration that a profile may set. */
export const PROFILE_KEYS: readonly string[] = [
  'lanes',
  'nodes',
  'default_lane',
  'aliases',
  'rules',
  'models',
];

/** A named set of values that replace those of the configuration files while it is active. */
export interface Profile {
  readonly name: string;
  readonly description: string | null;
  /** Values as in `models.json`, only of PROFILE_KEYS. */
  readonly values: JsonObject;
}

/**
 * Reads a profile from the content of its file, or of a call. Adds faults for what is wrong with it by itself; names
 * that do not exist are found when it is merged. `file` is named in the faults.
 */
export function readProfile(
  name: string,
  content: Json,
  file: string,
  faults: ConfigFault[],
): Profile | null {
  const report = (path: string, message: string): void => void faults.push({ file, path, message });
  if (!isObject(content)) {
    report('', 'must contain one JSON object: { … }');
    return null;
  }
  const { description = null, $schema: _schema, ...values } = content;
  const before = faults.length;
  if (description !== null && typeof description !== 'string') report('description', 'must be text');
  for (const key of Object.keys(values)) {
    if (PROFILE_KEYS.includes(key)) continue;
    report(
      key,
      `a profile may set only ${PROFILE_KEYS.join(', ')}; put "${key.slice(0, 64)}" into user_models.json`,
    );
  }
  const allowed = Object.fromEntries(Object.entries(values).filter(([key]) => PROFILE_KEYS.includes(key)));
  for (const { path, message } of findShapeFaults(withoutNulls(allowed))) report(formatPath(path), message);
  if (faults.length > before) return null;
  return { name, description: typeof description === 'string' ? description : null, values };
}

/** A profile as a layer of the configuration. `file` is its file, or `profile NAME` where it has none yet. */
export function profileLayer({ values }: Profile, file: string): Layer {
  return { file, shipped: false, values };
}
