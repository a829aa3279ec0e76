import { formatPath, type Path } from '../faults.ts';
import { isList, isObject, objectAt, valueAt, withoutNulls, type Json } from '../files/json.ts';
import { findShapeFaults } from '../schema/shape.ts';
import { findSecretFaults } from '../validate/secrets.ts';
import {
  looksLikeKey,
  shownPath,
  type Conversion,
  type ConversionDraft,
  type Left,
  type Taken,
} from './conversion.ts';

/**
 * Ends a conversion: what the schema of the files does not have, and what looks like a key, is taken out and reported by
 * its place in the older file.
 */
export function settle(draft: ConversionDraft): Conversion {
  const left: Left[] = [...draft.left];
  const olderName = olderNames(draft.taken);
  // One copy that loses its faulty values: a copy for each would take minutes for thousands of them.
  const values: Mutable = structuredClone<Mutable>(draft.values);
  const drop = (path: Path, reason: string): void => {
    if (remove(values, path)) left.push({ from: olderName(path), reason });
  };
  findSecretFaults(draft.values, drop);
  for (const path of keyLikeTexts(values, [])) {
    drop(path, 'looks like a key, which must not be in a file');
  }
  for (const { path, message } of findShapeFaults(withoutNulls(values))) drop(path, message);
  const providers = objectAt(values, 'providers');
  // A provider with no setting is one that is configured already.
  for (const [id, provider] of Object.entries(providers)) {
    if (isEmpty(provider)) remove(values, ['providers', id]);
  }
  if (isEmpty(values['providers'])) remove(values, ['providers']);
  const taken = draft.taken.filter(({ to }) => to === null || valueAt(values, to) !== undefined);
  return { values, taken, left, keys: draft.keys };
}

type Mutable = Record<string, Json>;

/**
 * Removes the value at a path; for a path inside a list the whole list, and a block such as `headers` that has lost all
 * of its values. false: there is none.
 */
function remove(values: Mutable, path: Path): boolean {
  let object = values;
  const above: { readonly object: Mutable; readonly key: string }[] = [];
  for (const part of path) {
    const key = String(part);
    if (!Object.hasOwn(object, key)) return false;
    above.push({ object, key });
    const value = object[key];
    if (!isObject(value)) break;
    object = value;
  }
  const last = above.at(-1);
  if (last === undefined) return false;
  Reflect.deleteProperty(last.object, last.key);
  const block = above[2];
  if (above.length > 3 && block !== undefined && isEmpty(block.object[block.key]))
    Reflect.deleteProperty(block.object, block.key);
  return true;
}

function isEmpty(value: Json | undefined): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

/** Finds the place in the older file that a value comes from, as far as it is known. */
function olderNames(taken: readonly Taken[]): (path: Path) => string {
  const sources = new Map(taken.flatMap(({ from, to }) => (to === null ? [] : [[formatPath(to), from]])));
  return (path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const source = sources.get(formatPath(path.slice(0, length)));
      if (source === undefined) continue;
      const rest = shownPath(path.slice(length));
      return rest === '' || rest.startsWith('[') ? source + rest : `${source}.${rest}`;
    }
    return shownPath(path);
  };
}

/** Paths of the texts that look like keys; those in lists are reported with their list. */
function keyLikeTexts(value: Json, path: Path): Path[] {
  if (typeof value === 'string') return looksLikeKey(value) ? [path] : [];
  if (isList(value)) return value.some((each) => keyLikeTexts(each, []).length > 0) ? [path] : [];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    looksLikeKey(key) ? [[...path, key]] : keyLikeTexts(part, [...path, key]),
  );
}
