import { createHash } from 'node:crypto';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';

const NO_FIELDS: JsonObject = {};
/** What every call is put together from. */
const OWN_KEYS: ReadonlySet<string> = new Set(['index', 'id', 'function']);

/** One tool call of a stream, as far as it has come. */
export interface GrowingCall {
  /** '' until one came. */
  id: string;
  /** '' until one came; a name that comes in pieces is whole when the arguments begin (wire case 59). */
  name: string;
  arguments: string;
  /** The end of the arguments that nobody has passed on yet. */
  pending: string;
  /** The delta's other keys: `type`, and what servers add (Gemini's thought signatures). */
  extra: Record<string, unknown> | null;
}

/**
 * The tool calls of one choice, put together from deltas. Servers number them from 0, from 1, not at all or all alike,
 * repeat ids and names or leave them out (wire cases 55 to 60).
 */
export class GrowingCalls {
  readonly list: GrowingCall[] = [];
  readonly #byIndex = new Map<number, GrowingCall>();

  /** Takes in one delta's `tool_calls`. */
  addAll(entries: readonly unknown[]): void {
    for (let position = 0; position < entries.length; position += 1) {
      const entry = entries[position];
      if (isJsonObject(entry)) this.#add(entry, position);
    }
  }

  /** Takes in one delta's `function_call`, the older shape for a single call (wire case 76). */
  addLegacy(entry: JsonObject): void {
    const call = this.list[0] ?? this.#start();
    grow(call, entry);
  }

  #add(entry: JsonObject, position: number): void {
    const { index, id, function: called } = entry;
    const fields = isJsonObject(called) ? called : NO_FIELDS;
    const idText = filledString(id);
    const call = this.#find(typeof index === 'number' ? index : null, idText, fields, position);
    if (call.id === '' && idText !== null) call.id = idText;
    grow(call, fields);
    for (const key in entry) if (!OWN_KEYS.has(key)) keep(call, key, entry[key]);
  }

  #find(index: number | null, id: string | null, fields: JsonObject, position: number): GrowingCall {
    if (index === null) return this.#findUnnumbered(id, fields, position);
    const known = this.#byIndex.get(index);
    if (known !== undefined && !beginsAnother(known, id, fields)) return known;
    const call = this.#start();
    this.#byIndex.set(index, call);
    return call;
  }

  /** Without an index the id tells calls apart; without either, the name and whole arguments do (wire case 56). */
  #findUnnumbered(id: string | null, fields: JsonObject, position: number): GrowingCall {
    const last = this.list.at(-1);
    if (last === undefined) return this.#start();
    if (id !== null) {
      const known = this.list.find((call) => call.id === id);
      if (known !== undefined) return known;
      return last.id === '' && filledString(fields['name']) === null ? last : this.#start();
    }
    const isNext = position > 0 && filledString(fields['name']) !== null;
    return isNext || beginsAnother(last, id, fields) ? this.#start() : last;
  }

  #start(): GrowingCall {
    const call: GrowingCall = { id: '', name: '', arguments: '', pending: '', extra: null };
    this.list.push(call);
    return call;
  }
}

/**
 * Is a delta for a call that is already there the beginning of another one under the same number (wire case 58)? It
 * is when it brings a name together with another id, or with arguments although those of the call are complete. Another
 * id alone is none: older vLLM makes up an id for every delta.
 */
function beginsAnother(call: GrowingCall, id: string | null, fields: JsonObject): boolean {
  const name = filledString(fields['name']);
  if (name === null) return false;
  if (id !== null && call.id !== '' && id !== call.id) return true;
  const { arguments: piece } = fields;
  return typeof piece === 'string' && piece.trimStart().startsWith('{') && isComplete(call);
}

/** Are the arguments whole JSON, so that nothing can follow? */
export function isComplete(call: GrowingCall): boolean {
  if (!call.arguments.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(call.arguments);
    return true;
  } catch {
    return false;
  }
}

/** The name is whole once arguments came; one that is repeated before stays as it is (wire case 55). */
function grow(call: GrowingCall, fields: JsonObject): void {
  const name = filledString(fields['name']);
  const piece = argumentsOf(fields);
  if (name !== null && name !== call.name && (call.name === '' || call.arguments === '')) call.name += name;
  if (piece === '') return;
  call.arguments += piece;
  call.pending += piece;
}

function keep(call: GrowingCall, key: string, value: unknown): void {
  // Without a prototype, so that `__proto__` is a key like any other (wire case 98).
  call.extra ??= Object.create(null) as Record<string, unknown>;
  call.extra[key] = value;
}

/** A piece of arguments; servers that write an object instead of its text mean the object. */
export function argumentsOf(fields: JsonObject): string {
  const { arguments: piece } = fields;
  if (typeof piece === 'string') return piece;
  return isJsonObject(piece) ? JSON.stringify(piece) : '';
}

/**
 * An id for a call whose server gave none (wire case 77). It hangs on the reply and the call's place in it, so that
 * two turns of one conversation get different ones.
 */
export function callIdFor(replyId: string | null, created: unknown, position: number, name: string): string {
  const seed = JSON.stringify([replyId, created, position, name]);
  return `call_${createHash('sha256').update(seed).digest('hex').slice(0, 24)}`;
}
