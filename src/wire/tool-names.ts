import { createHash } from 'node:crypto';

const UNUSUAL = /[^A-Za-z0-9_-]/g;
/** Hexadecimal digits of a hash that tell two names apart which are cut to the same. */
const HASH_DIGITS = 8;

/**
 * Tool names that an upstream refuses (too long, or with dots and slashes, as MCP makes them) under names that it
 * takes (wire case 72). The new name hangs on the old one alone, so that it is the same in every turn of a
 * conversation; `originals` leads back.
 */
export class ToolNames {
  readonly #longest: number | null;
  #originals: Map<string, string> | null = null;

  /** `longest` in characters of `A-Za-z0-9_-`; null: every name goes out as it is. */
  constructor(longest: number | null) {
    this.#longest = longest;
  }

  /** The name that goes out. */
  outgoing(name: string): string {
    const longest = this.#longest;
    if (longest === null) return name;
    const clean = name.replace(UNUSUAL, '_');
    if (clean === name && name.length <= longest) return name;
    const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_DIGITS);
    const renamed = `${clean.slice(0, longest - HASH_DIGITS - 1)}_${hash}`;
    (this.#originals ??= new Map<string, string>()).set(renamed, name);
    return renamed;
  }

  /** By the name that went out: the client's own. Null when none was changed, as nearly always. */
  get originals(): ReadonlyMap<string, string> | null {
    return this.#originals;
  }
}
