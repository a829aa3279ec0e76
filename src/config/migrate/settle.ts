import type { Path } from '../faults.ts';
import {
  canonicalJson,
  isList,
  isObject,
  objectAt,
  valueAt,
  withoutNulls,
  withoutPath,
  type Json,
  type JsonObject,
} from '../files/json.ts';
import { findShapeFaults } from '../schema/shape.ts';
import { findSecretFaults } from '../validate/secrets.ts';
import { looksLikeKey, shownPath, type Conversion, type ConversionDraft, type Left } from './conversion.ts';

/**
 * Ends a conversion: what the schema of the files does not have, and what looks like a key, is taken out and reported by
 * its place in the older file.
 */
export function settle(draft: ConversionDraft): Conversion {
  const left: Left[] = [...draft.left];
  let { values } = draft;
  const drop = (path: Path, reason: string): void => {
    if (valueAt(values, path) === undefined) return;
    values = withoutPath(values, path);
    const block = path.slice(0, -1);
    // A block such as `headers` that has lost all of its values.
    if (block.length === 3 && canonicalJson(valueAt(values, block)) === '{}')
      values = withoutPath(values, block);
    left.push({ from: olderName(path, draft), reason });
  };
  findSecretFaults(values, drop);
  for (const path of keyLikeTexts(values, [])) {
    drop(path, 'looks like a key, which must not be in a file');
  }
  for (const { path, message } of findShapeFaults(withoutNulls(values))) drop(path, message);
  const taken = draft.taken.filter(({ to }) => to === null || valueAt(values, to) !== undefined);
  return { values: withoutEmptyProviders(values), taken, left, keys: draft.keys };
}

/** A provider with no setting is one that is configured already. */
function withoutEmptyProviders(values: JsonObject): JsonObject {
  const isEmpty = (value: Json | undefined): boolean => canonicalJson(value) === '{}';
  const providers = Object.entries(objectAt(values, 'providers'));
  const empty = providers.filter(([, provider]) => isEmpty(provider));
  const left = empty.reduce((each, [id]) => withoutPath(each, ['providers', id]), values);
  return isEmpty(left['providers']) ? withoutPath(left, ['providers']) : left;
}

/** The place in the older file that a value comes from, as far as it is known. */
function olderName(path: Path, { taken }: ConversionDraft): string {
  const isStart = (to: Path): boolean => to.every((part, index) => path[index] === part);
  const [source] = taken
    .filter(({ to }) => to !== null && isStart(to))
    .sort((a, b) => (b.to?.length ?? 0) - (a.to?.length ?? 0));
  if (source?.to == null) return shownPath(path);
  const rest = shownPath(path.slice(source.to.length));
  if (rest === '') return source.from;
  return rest.startsWith('[') ? source.from + rest : `${source.from}.${rest}`;
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
