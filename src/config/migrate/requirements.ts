import type { Path } from '../faults.ts';
import { isObject, type Json, type JsonObject } from '../files/json.ts';
import { canonicalName, renameSynonyms } from '../schema/synonyms.ts';
import type { ConversionDraft } from './conversion.ts';

/** A block of capabilities or requirements under today's names; a contradiction is reported at its path. */
export function todaysNames(block: Json, from: Path, draft: ConversionDraft): Json {
  return renameSynonyms(block, from, (path, message) => {
    draft.leave(path, message);
  });
}

/** Nulls for the values of weaker layers that a block does not set, which would otherwise remain. */
export function withoutOthers(block: Json, below: JsonObject): Json {
  if (!isObject(block)) return block;
  const others = Object.keys(below)
    .map(canonicalName)
    .filter((key) => !Object.hasOwn(block, key));
  return { ...block, ...Object.fromEntries(others.map((key) => [key, null])) };
}
