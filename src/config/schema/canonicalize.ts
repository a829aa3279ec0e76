import { parseModelId } from '../../protocol/model-id.ts';
import type { Path } from '../faults.ts';
import { isList, isObject, mapObject, type Json, type JsonObject } from '../files/json.ts';

/** Older names of capabilities and requirements, read as what they mean (DESIGN section 5). */
const SYNONYMS: Readonly<Record<string, string>> = {
  quantization_level: 'quantization',
  model_size: 'parameter_count',
  supports_function_calling: 'supports_tools',
};

/** Tags by provider id: what an id without a tag means there (`:latest` for an Ollama). */
export type DefaultTags = ReadonlyMap<string, string>;

/** Reports a fault of the layer at hand. */
export type Report = (path: Path, message: string) => void;

/**
 * Brings one layer to the words that the merge compares: synonyms to their key, untagged ids to their tag. Without
 * it, `supports_function_calling` of one file would not replace `supports_tools` of another.
 */
export function canonicalWords(values: JsonObject, tags: DefaultTags, report: Report): JsonObject {
  const id = (value: Json): Json => (typeof value === 'string' ? withTag(value, tags) : value);
  const ids = (value: Json): Json => (isList(value) ? value.map(id) : value);
  const change: Readonly<Record<string, (value: Json, path: Path) => Json>> = {
    aliases: (target) => id(target),
    providers: (provider, path) =>
      changeKeys(provider, { headers: smallLetters([...path, 'headers'], report) }),
    models: (model, path) =>
      changeKeys(model, { fallbacks: ids, capabilities: renamer([...path, 'capabilities'], report) }),
    lanes: (lane, path) =>
      changeKeys(lane, {
        preferred: ids,
        cloud_fallback: ids,
        requirements: renamer([...path, 'requirements'], report),
      }),
    nodes: (node) => changeKeys(node, { model: id, fallbacks: ids }),
  };
  return mapObject(values, (section, name) => {
    const changeEntry = Object.hasOwn(change, name) ? change[name] : undefined;
    if (changeEntry === undefined || !isObject(section)) return section;
    const changed = mapObject(section, (entry, key) => changeEntry(entry, [name, key]));
    return name === 'models' ? tagKeys(changed, tags, report) : changed;
  });
}

/** A full model id with the tag that it lacks; other text is left as it is. */
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

function renamer(path: Path, report: Report): (value: Json) => Json {
  return (value) => {
    if (!isObject(value)) return value;
    const renamed: Record<string, Json> = {};
    for (const [key, part] of Object.entries(value)) {
      const canonical = Object.hasOwn(SYNONYMS, key) ? (SYNONYMS[key] ?? key) : key;
      if (canonical !== key && Object.hasOwn(value, canonical)) {
        report([...path, key], `says the same as "${canonical}": write one of the two`);
      }
      renamed[canonical] = part;
    }
    return renamed;
  };
}

/** Names of headers are compared without regard to case. */
function smallLetters(path: Path, report: Report): (value: Json) => Json {
  return (value) => {
    if (!isObject(value)) return value;
    const renamed: Record<string, Json> = {};
    for (const [name, part] of Object.entries(value)) {
      const small = name.toLowerCase();
      if (Object.hasOwn(renamed, small))
        report([...path, name], `says the same as another "${small}": write one`);
      renamed[small] = part;
    }
    return renamed;
  };
}

function tagKeys(models: JsonObject, tags: DefaultTags, report: Report): JsonObject {
  const entries: [string, Json][] = [];
  for (const [key, model] of Object.entries(models)) {
    const tagged = withTag(key, tags);
    if (tagged !== key && Object.hasOwn(models, tagged)) {
      report(['models', key], `is the same model as "${tagged}": write it once`);
    }
    entries.push([tagged, model]);
  }
  return Object.fromEntries(entries);
}
