import { parseModelId } from '../../protocol/model-id.ts';
import type { Path } from '../faults.ts';
import { isList, isObject, mapObject, type Json, type JsonObject } from '../files/json.ts';
import { renameSynonyms } from './synonyms.ts';

/** Other names of provider types, as configuration services of older systems write them. */
const TYPE_SYNONYMS: Readonly<Record<string, string>> = { custom: 'openai_compatible' };

/** Default tags by provider id, appended to model ids without a tag (`:latest` for Ollama). */
export type DefaultTags = ReadonlyMap<string, string>;

/** Reports a fault of the current layer. */
export type Report = (path: Path, message: string) => void;

/**
 * Canonicalizes one layer before the merge: renames synonyms (also of provider types), tags untagged model ids,
 * lower-cases header names. Otherwise `supports_function_calling` of one file would not replace `supports_tools` of
 * another.
 */
export function canonicalize(values: JsonObject, tags: DefaultTags, report: Report): JsonObject {
  const id = (value: Json): Json => (typeof value === 'string' ? withTag(value, tags) : value);
  const ids = (value: Json): Json => (isList(value) ? value.map(id) : value);
  const synonyms =
    (path: Path) =>
    (value: Json): Json =>
      renameSynonyms(value, path, report);
  const change: Readonly<Record<string, (value: Json, path: Path) => Json>> = {
    aliases: (target) => id(target),
    providers: (provider, path) =>
      changeKeys(provider, { type: typeName, headers: lowerCaseNames([...path, 'headers'], report) }),
    models: (model, path) =>
      changeKeys(model, { fallbacks: ids, capabilities: synonyms([...path, 'capabilities']) }),
    lanes: (lane, path) =>
      changeKeys(lane, {
        preferred: ids,
        cloud_fallback: ids,
        requirements: synonyms([...path, 'requirements']),
      }),
    nodes: (node) => changeKeys(node, { model: id, fallbacks: ids }),
  };
  return mapObject(values, (section, name) => {
    const changeEntry = Object.hasOwn(change, name) ? change[name] : undefined;
    if (changeEntry === undefined || !isObject(section)) return section;
    const changed = mapObject(section, (entry, key) => changeEntry(entry, [name, key]));
    return name === 'models' ? addTags(changed, tags, report) : changed;
  });
}

/** Appends the default tag to a full model id without a tag; other text is returned unchanged. */
export function withTag(id: string, tags: DefaultTags): string {
  const parts = parseModelId(id);
  return parts === null ? id : withDefaultTag(id, tags.get(parts.provider));
}

/** Appends `tag` to a full model id without a tag. */
export function withDefaultTag(id: string, tag: string | undefined): string {
  return tag === undefined || parseModelId(id)?.modelId.includes(':') === true ? id : id + tag;
}

function changeKeys(entry: Json, changes: Readonly<Record<string, (value: Json) => Json>>): Json {
  if (!isObject(entry)) return entry;
  return mapObject(entry, (value, key) =>
    Object.hasOwn(changes, key) ? (changes[key]?.(value) ?? value) : value,
  );
}

function typeName(type: Json): Json {
  return typeof type === 'string' && Object.hasOwn(TYPE_SYNONYMS, type)
    ? (TYPE_SYNONYMS[type] ?? type)
    : type;
}

/** Header names are case-insensitive. */
function lowerCaseNames(path: Path, report: Report): (value: Json) => Json {
  return (value) => {
    if (!isObject(value)) return value;
    const renamed: Record<string, Json> = {};
    for (const [name, part] of Object.entries(value)) {
      const small = name.toLowerCase();
      if (Object.hasOwn(renamed, small))
        report([...path, name], `duplicate header "${small}" (names are case-insensitive)`);
      renamed[small] = part;
    }
    return renamed;
  };
}

function addTags(models: JsonObject, tags: DefaultTags, report: Report): JsonObject {
  const entries: [string, Json][] = [];
  for (const [key, model] of Object.entries(models)) {
    const tagged = withTag(key, tags);
    if (tagged !== key && Object.hasOwn(models, tagged)) {
      report(['models', key], `same model as "${tagged}"; keep one`);
    }
    entries.push([tagged, model]);
  }
  return Object.fromEntries(entries);
}
