import { parseModelId } from '../../protocol/model-id.ts';
import type { Path } from '../faults.ts';
import { isList, isObject, mapObject, type Json, type JsonObject } from '../files/json.ts';

/** Legacy names of capabilities and requirements, with the canonical name of each. */
const SYNONYMS: Readonly<Record<string, string>> = {
  quantization_level: 'quantization',
  model_size: 'parameter_count',
  supports_function_calling: 'supports_tools',
};

/** Default tags by provider id, appended to model ids without a tag (`:latest` for Ollama). */
export type DefaultTags = ReadonlyMap<string, string>;

/** Reports a fault of the current layer. */
export type Report = (path: Path, message: string) => void;

/**
 * Canonicalizes one layer before the merge: renames synonyms, tags untagged model ids, lower-cases header names.
 * Otherwise `supports_function_calling` of one file would not replace `supports_tools` of another.
 */
export function canonicalize(values: JsonObject, tags: DefaultTags, report: Report): JsonObject {
  const id = (value: Json): Json => (typeof value === 'string' ? withTag(value, tags) : value);
  const ids = (value: Json): Json => (isList(value) ? value.map(id) : value);
  const change: Readonly<Record<string, (value: Json, path: Path) => Json>> = {
    aliases: (target) => id(target),
    providers: (provider, path) =>
      changeKeys(provider, { headers: lowerCaseNames([...path, 'headers'], report) }),
    models: (model, path) =>
      changeKeys(model, { fallbacks: ids, capabilities: renameSynonyms([...path, 'capabilities'], report) }),
    lanes: (lane, path) =>
      changeKeys(lane, {
        preferred: ids,
        cloud_fallback: ids,
        requirements: renameSynonyms([...path, 'requirements'], report),
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
  const tag = parts === null ? undefined : tags.get(parts.provider);
  return tag === undefined || parts?.modelId.includes(':') === true ? id : id + tag;
}

function changeKeys(entry: Json, changes: Readonly<Record<string, (value: Json) => Json>>): Json {
  if (!isObject(entry)) return entry;
  return mapObject(entry, (value, key) =>
    Object.hasOwn(changes, key) ? (changes[key]?.(value) ?? value) : value,
  );
}

function renameSynonyms(path: Path, report: Report): (value: Json) => Json {
  return (value) => {
    if (!isObject(value)) return value;
    const renamed: Record<string, Json> = {};
    for (const [key, part] of Object.entries(value)) {
      const canonical = Object.hasOwn(SYNONYMS, key) ? (SYNONYMS[key] ?? key) : key;
      if (canonical !== key && Object.hasOwn(value, canonical)) {
        report([...path, key], `synonym of "${canonical}", which is also set; keep one`);
      }
      renamed[canonical] = part;
    }
    return renamed;
  };
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
