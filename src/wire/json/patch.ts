import type { Body } from '../exchange.ts';
import type { JsonField } from './scan.ts';

/** Bodies up to this many bytes are copied; larger ones are returned in pieces. */
const COPIED_BYTES = 1024 * 1024;

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * A short list of edits to a JSON object, by byte offset. All other bytes stay as the client sent them (wire cases 79,
 * 99, 100). Names are compared as plain strings, so `__proto__` is an ordinary key (case 98).
 */
export class BodyPatch {
  readonly #body: Buffer;
  readonly #fields: readonly JsonField[];
  // Created on first use: most requests only change the value of one key.
  #values: Map<JsonField, string> | null = null;
  #names: Map<JsonField, string> | null = null;
  #removed: Set<JsonField> | null = null;
  #added: Map<string, string> | null = null;
  #replaced: Edit[] | null = null;

  /** `fields`: the result of `scanFields` for `body`. */
  constructor(body: Buffer, fields: readonly JsonField[]) {
    this.#body = body;
    this.#fields = fields;
  }

  /** Replaces the key's value, or adds the key. `json` is the value's JSON text. */
  set(name: string, json: string): void {
    const field = this.#only(name);
    if (field === null) (this.#added ??= new Map<string, string>()).set(name, json);
    else (this.#values ??= new Map<JsonField, string>()).set(field, json);
  }

  /** Removes every occurrence of the key. */
  remove(name: string): void {
    for (const field of this.#fields) {
      if (field.name === name) (this.#removed ??= new Set<JsonField>()).add(field);
    }
  }

  /** Renames the key and keeps its value. `to` must not exist yet. */
  rename(from: string, to: string): void {
    const field = this.#only(from);
    if (field !== null) (this.#names ??= new Map<JsonField, string>()).set(field, JSON.stringify(to));
  }

  /** Replaces bytes inside a value that no other edit touches. Ranges must not overlap. */
  replace(start: number, end: number, text: string): void {
    (this.#replaced ??= []).push({ start, end, text });
  }

  /**
   * Returns the edited body, or the same Buffer if there are no edits. A large body is returned as pieces of the
   * original with the edits between them, since copying 50 MB blocks the process for 40 ms.
   */
  apply(): Body {
    const edits = this.#edits();
    if (edits.length === 0) return this.#body;
    return this.#body.length > COPIED_BYTES ? this.#pieces(edits) : this.#copy(edits);
  }

  #copy(edits: readonly Edit[]): Buffer {
    let size = this.#body.length;
    for (const edit of edits) size += Buffer.byteLength(edit.text) - (edit.end - edit.start);
    const output = Buffer.allocUnsafe(size);
    let read = 0;
    let written = 0;
    for (const edit of edits) {
      written += this.#body.copy(output, written, read, edit.start);
      written += output.write(edit.text, written);
      read = edit.end;
    }
    this.#body.copy(output, written, read);
    return output;
  }

  #pieces(edits: readonly Edit[]): Buffer[] {
    const pieces: Buffer[] = [];
    let read = 0;
    for (const edit of edits) {
      pieces.push(this.#body.subarray(read, edit.start), Buffer.from(edit.text));
      read = edit.end;
    }
    pieces.push(this.#body.subarray(read));
    return pieces.filter(({ length }) => length > 0);
  }

  /** The last field of that name, which is the effective one; earlier duplicates are removed. */
  #only(name: string): JsonField | null {
    let last: JsonField | null = null;
    for (const field of this.#fields) {
      if (field.name !== name || this.#removed?.has(field) === true) continue;
      if (last !== null) (this.#removed ??= new Set<JsonField>()).add(last);
      last = field;
    }
    return last;
  }

  /** All edits, ordered by offset. */
  #edits(): Edit[] {
    const fields = this.#fields;
    const edits: Edit[] = [];
    let lastKept = fields.length - 1;
    while (lastKept >= 0 && this.#isRemoved(lastKept)) lastKept -= 1;
    this.#insert(edits, lastKept >= 0);
    for (let index = 0; index <= lastKept; index += 1) {
      const field = fields[index];
      if (field !== undefined) this.#edit(edits, field, fields[index + 1]?.keyStart ?? 0);
    }
    // Removed fields at the end are cut as one range, together with the comma before them.
    const last = fields.at(-1);
    if (lastKept < fields.length - 1 && last !== undefined) {
      const start = lastKept < 0 ? fields[0]?.keyStart : fields[lastKept]?.valueEnd;
      edits.push({ start: start ?? 0, end: last.valueEnd, text: '' });
    }
    return this.#replaced === null
      ? edits
      : [...edits, ...this.#replaced].sort((one, other) => one.start - other.start);
  }

  /** Inserts new keys directly after the opening brace. */
  #insert(edits: Edit[], beforeOthers: boolean): void {
    if (this.#added === null) return;
    const afterBrace = this.#body.indexOf(0x7b) + 1;
    const members = Array.from(this.#added, ([name, json]) => `${JSON.stringify(name)}:${json}`);
    edits.push({ start: afterBrace, end: afterBrace, text: members.join(',') + (beforeOthers ? ',' : '') });
  }

  #edit(edits: Edit[], field: JsonField, nextKeyStart: number): void {
    if (this.#removed?.has(field) === true) {
      edits.push({ start: field.keyStart, end: nextKeyStart, text: '' });
      return;
    }
    const name = this.#names?.get(field);
    if (name !== undefined) edits.push({ start: field.keyStart, end: field.keyEnd, text: name });
    const value = this.#values?.get(field);
    if (value !== undefined) edits.push({ start: field.valueStart, end: field.valueEnd, text: value });
  }

  #isRemoved(index: number): boolean {
    const field = this.#fields[index];
    return field !== undefined && this.#removed?.has(field) === true;
  }
}
