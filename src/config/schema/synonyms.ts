import { formatPath, quote, type Path } from '../faults.ts';
import { isObject, type Json } from '../files/json.ts';
import { countOf } from './schema.ts';

/** Legacy names of capabilities and requirements, with the canonical name of each. */
const SYNONYMS: Readonly<Record<string, string>> = {
  quantization_level: 'quantization',
  model_size: 'parameter_count',
  supports_function_calling: 'supports_tools',
};

/** Today's name of a capability or requirement. */
export function canonicalName(key: string): string {
  return Object.hasOwn(SYNONYMS, key) ? (SYNONYMS[key] ?? key) : key;
}

/**
 * Renames legacy names in a block of capabilities or requirements at `path`. A value under both names is accepted while
 * they agree; a contradiction is reported at the legacy name.
 */
export function renameSynonyms(value: Json, path: Path, report: (path: Path, message: string) => void): Json {
  if (!isObject(value)) return value;
  const renamed: Record<string, Json> = {};
  for (const [key, part] of Object.entries(value)) {
    const canonical = canonicalName(key);
    const other = Object.hasOwn(value, canonical) ? value[canonical] : undefined;
    if (canonical === key || other === undefined) renamed[canonical] = part;
    else if (!agree(canonical, part, other)) {
      report(
        [...path, key],
        `contradicts ${quote(formatPath([...path.slice(-1), canonical]))}, which is another name for the same; keep one`,
      );
    }
  }
  return renamed;
}

/** Null in a layer removes the value, so it agrees only with itself. */
function agree(canonical: string, one: Json, other: Json): boolean {
  if (one === other) return true;
  if (canonical === 'parameter_count') return countOf(one) !== null && countOf(one) === countOf(other);
  return typeof one === 'string' && typeof other === 'string' && one.toLowerCase() === other.toLowerCase();
}
