import type { Path } from '../faults.ts';
import { canonicalJson, isList, isObject, type Json, type JsonObject } from '../files/json.ts';
import { withTag, type DefaultTags } from '../schema/canonicalize.ts';
import { countOf } from '../schema/schema.ts';
import { canonicalName } from '../schema/synonyms.ts';

/** A value to write into the file. */
export interface Edit {
  readonly path: Path;
  readonly value: Json;
}

/** A value that the file has already, and that is another one. */
export interface Conflict extends Edit {
  /** undefined: not set; the value belongs to a provider whose address is in conflict. */
  readonly existing: Json | undefined;
}

/** The edits that bring values into a file, and the values that differ. */
export interface Combination {
  readonly edits: readonly Edit[];
  readonly conflicts: readonly Conflict[];
}

/**
 * Lays values over the content of a file. A value that the file has under an older name or without its tag is the same;
 * one that differs is a conflict, and no edit.
 */
export function combine(existing: JsonObject, values: JsonObject, tags: DefaultTags): Combination {
  const edits: Edit[] = [];
  const conflicts: Conflict[] = [];
  const walk = (own: JsonObject, above: JsonObject, path: Path): void => {
    const names = new Map(Object.keys(own).map((each) => [canonical(each, path, tags), each]));
    for (const [key, value] of Object.entries(above)) {
      const found = names.get(key);
      if (found === undefined) {
        edits.push({ path: [...path, key], value });
        continue;
      }
      const before = own[found] ?? null;
      const at = [...path, found];
      if (isObject(before) && isObject(value)) walk(before, value, at);
      else if (!isSame(before, value, key, tags)) conflicts.push({ path: at, value, existing: before });
    }
  };
  walk(existing, values, []);
  return withheld(edits, conflicts);
}

/**
 * Where a provider keeps its own address, nothing else of it is taken over: a key must not go to an address that it was
 * not configured for.
 */
function withheld(edits: readonly Edit[], conflicts: readonly Conflict[]): Combination {
  const kept = conflicts.flatMap(({ path: [section, id, key] }) =>
    section === 'providers' && (key === 'base_url' || key === 'type') ? [id] : [],
  );
  const isHeld = ({ path: [section, id] }: Edit): boolean => section === 'providers' && kept.includes(id);
  const held = edits.filter(isHeld).map((edit) => ({ ...edit, existing: undefined }));
  return { edits: edits.filter((edit) => !isHeld(edit)), conflicts: [...conflicts, ...held] };
}

/** Today's spelling of a key: models have their tag, capabilities their new name. */
function canonical(key: string, path: Path, tags: DefaultTags): string {
  if (path.length === 1 && path[0] === 'models') return withTag(key, tags);
  const isBlock = path.length === 3 && ['capabilities', 'requirements'].includes(String(path[2]));
  return isBlock ? canonicalName(key) : key;
}

function isSame(one: Json, other: Json, key: string, tags: DefaultTags): boolean {
  if (key === 'parameter_count' && countOf(one) !== null) return countOf(one) === countOf(other);
  const tagged = (value: Json): Json =>
    typeof value === 'string' ? withTag(value, tags) : isList(value) ? value.map(tagged) : value;
  return canonicalJson(tagged(one)) === canonicalJson(tagged(other));
}

/** A value of one older file that a later one replaces. */
export interface Replaced {
  readonly path: Path;
}

/** Lays the values of a later file over those of an earlier one: objects by key, everything else replaces. */
export function overlay(
  earlier: JsonObject,
  later: JsonObject,
  path: Path,
  replaced: Replaced[],
): JsonObject {
  const entries = new Map<string, Json>(Object.entries(earlier));
  for (const [key, value] of Object.entries(later)) {
    const before = entries.get(key);
    const at = [...path, key];
    if (isObject(before) && isObject(value)) entries.set(key, overlay(before, value, at, replaced));
    else {
      if (before !== undefined && canonicalJson(before) !== canonicalJson(value)) replaced.push({ path: at });
      entries.set(key, value);
    }
  }
  return Object.fromEntries(entries);
}
