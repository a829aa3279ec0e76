import type { OutgoingCallIds } from '../chat/call-ids.ts';
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
  /** The ids to send for calls and results; null: they pass. */
  readonly callIds: OutgoingCallIds | null;
}

/**
 * Adds the edits to a patch in one pass over the messages; all other bytes stay, and without edits there is no pass.
 * `messages` is the field with the list. Returns the names of the keys that were removed. Throws a `JsonScanError`.
 */
export function editMessages(
  body: Buffer,
  messages: JsonField,
  edits: MessageEdits,
  patch: BodyPatch,
): Iterable<string> {
  const { systemRole, removed, reasoning, callIds } = edits;
  if (!systemRole && removed.length === 0 && reasoning.length === 0 && callIds === null) return [];
  const cursor = new JsonCursor(body, messages.valueStart);
  const editor = new MessageEditor(cursor, edits, patch);
  if (!cursor.enter('array')) return [];
  for (let turn = 0; cursor.nextElement(); turn += 1) if (enterOrSkip(cursor, 'object')) editor.edit(turn);
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
  edit(turn: number): void {
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
      if (key === undefined) this.#value(turn);
      else thinking.set(key, this.#thinking(keyStart));
      keptEnd = cursor.position;
    }
    if (run !== null) this.#patch.replace(keptEnd ?? run.start, run.end, '');
    for (const key of this.#edits.reasoning) this.#copyThinking(thinking, key);
  }

  /** The value of the key that was read last. */
  #value(turn: number): void {
    const cursor = this.#cursor;
    const { systemRole, callIds } = this.#edits;
    if (systemRole && cursor.stringIs('role')) {
      if (!cursor.passString()) cursor.skipValue();
      else if (cursor.stringIs('developer')) this.#replaceString('system');
    } else if (callIds !== null && cursor.stringIs('tool_call_id')) {
      this.#id((id) => callIds.result(id));
    } else if (callIds !== null && cursor.stringIs('tool_calls')) {
      this.#calls((id) => callIds.call(id, turn));
    } else cursor.skipValue();
  }

  #calls(outgoing: (id: string) => string): void {
    const cursor = this.#cursor;
    if (!enterOrSkip(cursor, 'array')) return;
    while (cursor.nextElement()) {
      if (!enterOrSkip(cursor, 'object')) continue;
      while (cursor.nextKey()) {
        if (cursor.stringIs('id')) this.#id(outgoing);
        else cursor.skipValue();
      }
    }
  }

  #id(outgoing: (id: string) => string): void {
    const cursor = this.#cursor;
    if (!cursor.passString()) {
      cursor.skipValue();
      return;
    }
    const id = cursor.string();
    const sent = outgoing(id);
    if (sent !== id) this.#replaceString(sent);
  }

  #replaceString(text: string): void {
    this.#patch.replace(this.#cursor.stringStart, this.#cursor.stringEnd, JSON.stringify(text));
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
