import { enterOrSkip, JsonCursor } from '../json/cursor.ts';
import type { BodyPatch } from '../json/patch.ts';
import type { JsonField } from '../json/scan.ts';
import { THINKING_KEYS, type ReasoningKey, type ThinkingKey } from './reasoning-keys.ts';

/** What to change in the messages of a client's body. */
export interface MessageEdits {
  /** Write the role `developer` as `system`. */
  readonly systemRole: boolean;
  /** Keys to remove from messages. */
  readonly removed: readonly ThinkingKey[];
  /**
   * Keys under which a message with plain thinking must have it. A client keeps the key that it knows: several read
   * `reasoning_content` only, newer versions of vLLM and Ollama `reasoning` only (QwenLM/qwen-code#4285).
   */
  readonly reasoning: readonly ReasoningKey[];
}

/**
 * Adds the edits to a patch in one pass over the messages; all other bytes stay. `messages` is the field with the list.
 * Returns the names of the keys that were removed. Throws a `JsonScanError`.
 */
export function editMessages(
  body: Buffer,
  messages: JsonField,
  edits: MessageEdits,
  patch: BodyPatch,
): ReadonlySet<string> {
  const cursor = new JsonCursor(body, messages.valueStart);
  const editor = new MessageEditor(cursor, edits, patch);
  if (!cursor.enter('array')) return editor.removed;
  while (cursor.nextElement()) if (enterOrSkip(cursor, 'object')) editor.edit();
  return editor.removed;
}

/** A key with thinking that stays in its message. */
interface KeptKey {
  readonly keyStart: number;
  readonly start: number;
  readonly end: number;
  /** The value is text, and not empty. */
  readonly isFilled: boolean;
}

class MessageEditor {
  readonly removed = new Set<string>();
  readonly #cursor: JsonCursor;
  readonly #edits: MessageEdits;
  readonly #patch: BodyPatch;

  constructor(cursor: JsonCursor, edits: MessageEdits, patch: BodyPatch) {
    this.#cursor = cursor;
    this.#edits = edits;
    this.#patch = patch;
  }

  /** A key is removed with the comma after it; keys at the end of the object with the comma before the first of them. */
  edit(): void {
    const cursor = this.#cursor;
    const thinking = new Map<string, KeptKey>();
    let keptEnd: number | null = null;
    /** The current run of keys to remove: where it starts, and where its last value ends. */
    let run: { readonly start: number; end: number } | null = null;
    while (cursor.nextKey()) {
      const keyStart = cursor.stringStart;
      const key = THINKING_KEYS.find((each) => cursor.stringIs(each));
      if (key !== undefined && this.#edits.removed.includes(key)) {
        cursor.skipValue();
        this.removed.add(key);
        run ??= { start: keyStart, end: 0 };
        run.end = cursor.position;
        continue;
      }
      if (run !== null) this.#patch.replace(run.start, keyStart, '');
      run = null;
      if (key === undefined) this.#value();
      else thinking.set(key, this.#thinking(keyStart));
      keptEnd = cursor.position;
    }
    if (run !== null) this.#patch.replace(keptEnd ?? run.start, run.end, '');
    for (const key of this.#edits.reasoning) this.#copyThinking(thinking, key);
  }

  #value(): void {
    const cursor = this.#cursor;
    if (!this.#edits.systemRole || !cursor.stringIs('role') || !cursor.passString()) cursor.skipValue();
    else if (cursor.stringIs('developer'))
      this.#patch.replace(cursor.stringStart, cursor.stringEnd, '"system"');
  }

  #thinking(keyStart: number): KeptKey {
    const cursor = this.#cursor;
    cursor.peek();
    const start = cursor.position;
    const isText = cursor.passString();
    if (!isText) cursor.skipValue();
    return { keyStart, start, end: cursor.position, isFilled: isText && cursor.stringBytes > 0 };
  }

  /** Null or empty text under the wanted key is replaced; a missing key goes before the other one. */
  #copyThinking(thinking: ReadonlyMap<string, KeptKey>, key: ReasoningKey): void {
    const present = thinking.get(key);
    const other = thinking.get(key === 'reasoning' ? 'reasoning_content' : 'reasoning');
    if (present?.isFilled === true || other?.isFilled !== true) return;
    const text = this.#cursor.bytes.toString('utf8', other.start, other.end);
    if (present !== undefined) this.#patch.replace(present.start, present.end, text);
    else this.#patch.replace(other.keyStart, other.keyStart, `"${key}":${text},`);
  }
}
