import type { Body } from '../exchange.ts';
import type { JsonField } from './scan.ts';

/** Bodies up to this many bytes are copied; larger ones are cut into pieces. */
const COPIED_BYTES = 1024 * 1024;

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * A short list of edits on a JSON object, by byte offset: every byte that no edit names stays as the client sent it
 * (wire cases 79, 99, 100). Names are compared as plain strings, so `__proto__` is a key like any other (case 98).
 */
export class BodyPatch {
  readonly #body: Buffer;
  readonly #fields: readonly JsonField[];
  // Made when the first of its kind comes: most requests change the value of one key and nothing else.
  #values: Map<JsonField, string> | null = null;
  #names: Map<JsonField, string> | null = null;
  #removed: Set<JsonField> | null = null;
  #added: Map<string, string> | null = null;
  #replaced: Edit[] | null = null;

  /** `fields` are those that `scanFields` found in `body`. */
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

  /** Takes the key out, however often it stands there. */
  remove(name: string): void {
    for (const field of this.#fields) {
      if (field.name === name) (this.#removed ??= new Set<JsonField>()).add(field);
    }
  }

  /** Gives the key another name and leaves its value alone. `to` must not be there already. */
  rename(from: string, to: string): void {
    const field = this.#only(from);
    if (field !== null) (this.#names ??= new Map<JsonField, string>()).set(field, JSON.stringify(to));
  }

  /** Replaces bytes inside a value that no other edit names; ranges do not overlap. */
  replace(start: number, end: number, text: string): void {
    (this.#replaced ??= []).push({ start, end, text });
  }

  /**
   * The edited body; without an edit the very same Buffer. A large one comes in pieces of the original with the edits
   * between them, since copying 50 MB holds the process up for 40 ms.
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

  /** The field of that name that counts; where the key is repeated, the earlier ones are taken out. */
  #only(name: string): JsonField | null {
    let last: JsonField | null = null;
    for (const field of this.#fields) {
      if (field.name !== name || this.#removed?.has(field) === true) continue;
      if (last !== null) (this.#removed ??= new Set<JsonField>()).add(last);
      last = field;
    }
    return last;
  }

  /** Every edit, in the order of the body. */
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
    // What is removed at the end goes in one piece, together with the comma before it.
    const last = fields.at(-1);
    if (lastKept < fields.length - 1 && last !== undefined) {
      const start = lastKept < 0 ? fields[0]?.keyStart : fields[lastKept]?.valueEnd;
      edits.push({ start: start ?? 0, end: last.valueEnd, text: '' });
    }
    return this.#replaced === null
      ? edits
      : [...edits, ...this.#replaced].sort((one, other) => one.start - other.start);
  }

  /** New keys go directly behind the opening brace. */
  #insert(edits: Edit[], beforeOthers: boolean): void {
    if (this.#added === null) return;
    const behindBrace = this.#body.indexOf(0x7b) + 1;
    const members = Array.from(this.#added, ([name, json]) => `${JSON.stringify(name)}:${json}`);
    edits.push({ start: behindBrace, end: behindBrace, text: members.join(',') + (beforeOthers ? ',' : '') });
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
