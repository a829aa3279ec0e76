import type { Oddities } from '../../exchange.ts';
import { enterOrSkip, type JsonCursor } from '../../json/cursor.ts';

/** The strictest limits of any server (OpenAI's for ids, Anthropic's for property names), in characters. */
const MAX_ID = 40;
const MAX_KEY = 64;
/** The first byte of `true`. */
const TRUE = 0x74;
const REFUSED_AT_TOP = ['oneOf', 'anyOf', 'allOf', 'enum', 'not', '$ref'];

/**
 * Notes what the strictest server would refuse, in the pass that finds the keys of the body. Which of it a target really
 * refuses is decided by its patch, which reads the tools and messages again only if something was found.
 */
export class ToolScanner {
  #schemas = false;
  #strict = false;
  #callIds = false;
  /** Hashes of the ids so far; two ids with one hash only cost a second pass. Created for the first call. */
  #ids: Set<number> | null = null;

  /** What was found in tools and calls; null: nothing. */
  get oddities(): Oddities | null {
    if (!this.#schemas && !this.#strict && !this.#callIds) return null;
    return { schemas: this.#schemas, strictTools: this.#strict, callIds: this.#callIds };
  }

  /** Passes the list of tools at the cursor; `schemaKey` names a tool's schema. */
  tools(cursor: JsonCursor, schemaKey: string): void {
    if (!enterOrSkip(cursor, 'array')) return;
    while (cursor.nextElement()) if (!this.#hasSchema(cursor, schemaKey)) this.#schemas = true;
  }

  /** Passes the id of a call at the cursor; returns its hash, null if it is no text. */
  callId(cursor: JsonCursor): number | null {
    if (!cursor.passString()) {
      cursor.skipValue();
      return null;
    }
    const hash = hashString(cursor);
    if (this.#callIds) return hash;
    const ids = (this.#ids ??= new Set<number>());
    this.#callIds = ids.has(hash) || !hasOnly(cursor, MAX_ID, false);
    ids.add(hash);
    return hash;
  }

  #hasSchema(cursor: JsonCursor, schemaKey: string): boolean {
    if (!enterOrSkip(cursor, 'object')) return true;
    let isFound = false;
    while (cursor.nextKey()) {
      if (cursor.stringIs(schemaKey)) {
        isFound = true;
        this.#schema(cursor);
      } else if (cursor.stringIs('function')) {
        if (this.#hasSchema(cursor, schemaKey)) isFound = true;
      } else if (cursor.stringIs('strict')) {
        if (cursor.peek() === TRUE) this.#strict = true;
        cursor.skipValue();
      } else cursor.skipValue();
    }
    return isFound;
  }

  #schema(cursor: JsonCursor): void {
    let isObject = false;
    let hasProperties = false;
    if (!cursor.enter('object')) {
      cursor.skipValue();
      this.#schemas = true;
      return;
    }
    while (cursor.nextKey()) {
      if (cursor.stringIs('properties')) hasProperties = this.#properties(cursor);
      else if (cursor.stringIs('type')) {
        if (!cursor.passString()) cursor.skipValue();
        else if (cursor.stringIs('object')) isObject = true;
      } else {
        if (REFUSED_AT_TOP.some((key) => cursor.stringIs(key))) this.#schemas = true;
        cursor.skipValue();
      }
    }
    if (!isObject || !hasProperties) this.#schemas = true;
  }

  #properties(cursor: JsonCursor): boolean {
    if (!enterOrSkip(cursor, 'object')) return false;
    while (cursor.nextKey()) {
      if (!hasOnly(cursor, MAX_KEY, true)) this.#schemas = true;
      cursor.skipValue();
    }
    return true;
  }
}

/** Does the last string have 1 to `limit` characters of `A-Za-z0-9_-`, and of dots if permitted? */
function hasOnly(cursor: JsonCursor, limit: number, withDots: boolean): boolean {
  const start = cursor.stringStart + 1;
  const end = cursor.stringEnd - 1;
  if (start === end || end - start > limit) return false;
  for (let index = start; index < end; index += 1) {
    const byte = cursor.bytes[index] ?? 0;
    const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    if (!isLetter && !isDigit && byte !== 0x5f && byte !== 0x2d && !(withDots && byte === 0x2e)) return false;
  }
  return true;
}

/** A hash of the last string (FNV-1a), as a small integer that is not negative. */
export function hashString({ bytes, stringStart, stringEnd }: JsonCursor): number {
  let hash = 0x811c9dc5;
  for (let index = stringStart + 1; index < stringEnd - 1; index += 1) {
    hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  }
  return hash & 0x3fffffff;
}
