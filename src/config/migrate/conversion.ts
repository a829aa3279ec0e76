import { formatPath, quote, type Path } from '../faults.ts';
import { isList, isObject, mapObject, type Json, type JsonObject } from '../files/json.ts';

/** What an older file becomes: a part of `user_models.json`, and an account of everything in the file. */
export interface Conversion {
  /** Values with the keys of a configuration file; null removes a value of a weaker layer. */
  readonly values: JsonObject;
  readonly taken: readonly Taken[];
  readonly left: readonly Left[];
  readonly keys: readonly KeyToStore[];
}

/** Something that was taken over. */
export interface Taken {
  /** Where it is in the older file: `role_mappings.planner`, or the name of a variable. */
  readonly from: string;
  /** Where it is in the configuration; null: nothing has to be written. */
  readonly to: Path | null;
  /** What else is to know about it; empty: nothing. */
  readonly note: string;
}

/** Something that was not taken over. */
export interface Left {
  readonly from: string;
  readonly reason: string;
}

/** A key, which never is in a file: where to put it instead. Never contains the key. */
export interface KeyToStore {
  readonly from: string;
  /** How the configuration refers to it: `env:NAME`. */
  readonly reference: string;
  readonly advice: string;
}

/** Collects a conversion. */
export class ConversionDraft {
  readonly taken: Taken[] = [];
  readonly left: Left[] = [];
  readonly keys: KeyToStore[] = [];
  readonly #values: Record<string, Json> = {};
  /** Objects that belong to the draft; those of the older file are not changed. */
  readonly #own = new WeakSet<object>([this.#values]);

  /** The values so far. */
  get values(): JsonObject {
    return this.#values;
  }

  /** Sets a value; objects on the way are added. */
  set(path: Path, value: Json): void {
    let object = this.#values;
    for (const key of path.slice(0, -1)) {
      const below = Object.hasOwn(object, key) ? object[key] : undefined;
      if (isObject(below) && this.#own.has(below)) object = below;
      else {
        const copy: Record<string, Json> = isObject(below) ? { ...below } : {};
        this.#own.add(copy);
        define(object, String(key), copy);
        object = copy;
      }
    }
    const last = path.at(-1);
    if (last !== undefined) define(object, String(last), value);
  }

  /** Reports what was taken over, at a path of the older file. */
  take(from: Path, to: Path | null, note = ''): void {
    this.taken.push({ from: shownPath(from), to, note });
  }

  /** Reports what was not taken over, at a path of the older file. */
  leave(from: Path, reason: string): void {
    this.left.push({ from: shownPath(from), reason });
  }
}

/** Assigning to `__proto__` would set the prototype. */
function define(object: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The keys of common vendors, and a header with a key. */
const KEY_LIKE =
  /^(?:(?:[Bb]earer|[Bb]asic)\s+\S|(?:sk[-_]|gsk_|xai-|hf_|pplx-|csk-|fw_|gh[pousr]_)[\w-]{4,}|AIza[\w-]{20,}|eyJ[\w-]+\.)/;

/** Whether a text looks like a key of a provider: it is neither written nor shown. */
export function looksLikeKey(text: string): boolean {
  return KEY_LIKE.test(text.trim());
}

/** A copy of a value for a message: texts that look like keys are replaced. */
export function withoutKeys(value: Json): Json {
  if (typeof value === 'string') return looksLikeKey(value) ? '(hidden)' : value;
  if (isList(value)) return value.map(withoutKeys);
  return isObject(value) ? mapObject(value, withoutKeys) : value;
}

/** A text of an older file for a message, in quotes; one that looks like a key is not shown. */
export function shownText(text: string): string {
  return looksLikeKey(text) ? '(hidden)' : quote(text);
}

/** A path for a message; a part that looks like a key is not shown. */
export function shownPath(path: Path): string {
  return formatPath(path.map((part) => (typeof part === 'string' && looksLikeKey(part) ? '(hidden)' : part)));
}
