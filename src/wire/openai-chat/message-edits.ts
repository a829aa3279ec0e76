import type { OutgoingCallIds } from '../chat/call-ids.ts';
import { enterOrSkip, JsonCursor } from '../json/cursor.ts';
import type { BodyPatch } from '../json/patch.ts';
import type { JsonField } from '../json/scan.ts';
import { KeyRemover } from './key-remover.ts';
import { THINKING_KEYS, type ReasoningKey, type ThinkingKey } from './reasoning-keys.ts';
import { VENDOR_KEYS, type VendorKey } from './vendor-keys.ts';

const CALLS = 'tool_calls.';
/** Where a call has the state of its vendor. */
const STATE_KEY = 'extra_content' satisfies VendorKey;

/** What to change in the messages of a client's body. */
export interface MessageEdits {
  /** Write the role `developer` as `system`. */
  readonly systemRole: boolean;
  /** Keys to remove from messages, and, those of vendors, from their calls. */
  readonly removed: readonly (ThinkingKey | VendorKey)[];
  /**
   * Keys under which a message with plain thinking must have it. A client keeps the key that it knows: several read
   * `reasoning_content` only, newer versions of vLLM and Ollama `reasoning` only (QwenLM/qwen-code#4285).
   */
  readonly reasoning: readonly ReasoningKey[];
  /** The ids to send for calls and results; null: they pass. */
  readonly callIds: OutgoingCallIds | null;
  /** The JSON of the state to send with the first call of a turn that lacks it, by its id; null: they pass. */
  readonly callState: ((id: string) => string) | null;
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
  const { systemRole, removed, reasoning, callIds, callState } = edits;
  const hasKeys = removed.length > 0 || reasoning.length > 0;
  if (!systemRole && !hasKeys && callIds === null && callState === null) return [];
  const cursor = new JsonCursor(body, messages.valueStart);
  const editor = new MessageEditor(cursor, edits, patch);
  if (!cursor.enter('array')) return [];
  for (let turn = 0; cursor.nextElement(); turn += 1) if (enterOrSkip(cursor, 'object')) editor.edit(turn);
  return editor.removed;
}

/** A key that stays in its object. */
interface KeptKey {
  readonly keyStart: number;
  readonly start: number;
  readonly end: number;
  /** The value is there: of thinking, text that is not empty; of a state, anything but null. */
  readonly isFilled: boolean;
}

class MessageEditor {
  readonly removed = new Set<string>();
  readonly #cursor: JsonCursor;
  readonly #edits: MessageEdits;
  readonly #patch: BodyPatch;
  /** Keys to remove from calls. */
  readonly #callKeys: readonly string[];

  constructor(cursor: JsonCursor, edits: MessageEdits, patch: BodyPatch) {
    this.#cursor = cursor;
    this.#edits = edits;
    this.#patch = patch;
    this.#callKeys = VENDOR_KEYS.filter((key) => edits.removed.includes(key));
  }

  edit(turn: number): void {
    const thinking = new Map<string, KeptKey>();
    this.#object(this.#edits.removed, '', (keyStart) => {
      const key = THINKING_KEYS.find((each) => this.#cursor.stringIs(each));
      if (key === undefined) this.#value(turn);
      else thinking.set(key, this.#thinking(keyStart));
    });
    for (const key of this.#edits.reasoning) this.#copyThinking(thinking, key);
  }

  /** Passes the keys of an object and removes those in `keys`; `value` passes the value of any other. */
  #object(keys: readonly string[], path: string, value: (keyStart: number) => void): void {
    const cursor = this.#cursor;
    const remover = new KeyRemover(this.#patch);
    while (cursor.nextKey()) {
      const keyStart = cursor.stringStart;
      const key = keys.find((each) => cursor.stringIs(each));
      if (key === undefined) {
        value(keyStart);
        remover.keep(keyStart, cursor.position);
      } else {
        cursor.skipValue();
        remover.remove(keyStart, cursor.position);
        this.removed.add(path + key);
      }
    }
    remover.end();
  }

  /** The value of the key that was read last. */
  #value(turn: number): void {
    const cursor = this.#cursor;
    const { systemRole, callIds, callState } = this.#edits;
    const editsCalls = callIds !== null || callState !== null || this.#callKeys.length > 0;
    if (systemRole && cursor.stringIs('role')) {
      if (!cursor.passString()) cursor.skipValue();
      else if (cursor.stringIs('developer')) this.#replaceString('system');
    } else if (callIds !== null && cursor.stringIs('tool_call_id')) {
      this.#id((id) => callIds.result(id));
    } else if (editsCalls && cursor.stringIs('tool_calls')) {
      this.#calls((id) => callIds?.call(id, turn) ?? id);
    } else cursor.skipValue();
  }

  #calls(outgoing: (id: string) => string): void {
    const cursor = this.#cursor;
    if (!enterOrSkip(cursor, 'array')) return;
    for (let nth = 0; cursor.nextElement(); nth += 1) {
      if (enterOrSkip(cursor, 'object')) this.#call(outgoing, nth === 0 ? this.#edits.callState : null);
    }
  }

  #call(outgoing: (id: string) => string, callState: MessageEdits['callState']): void {
    const cursor = this.#cursor;
    const start = cursor.position;
    const found: { id: string | null; state: KeptKey | null } = { id: null, state: null };
    this.#object(this.#callKeys, CALLS, (keyStart) => {
      if (cursor.stringIs('id')) found.id = this.#id(outgoing);
      else if (cursor.stringIs(STATE_KEY)) found.state = this.#state(keyStart);
      else if (this.#callKeys.length > 0 && cursor.stringIs('function') && cursor.enter('object')) {
        this.#object(this.#callKeys, CALLS, () => {
          cursor.skipValue();
        });
      } else cursor.skipValue();
    });
    if (callState !== null && found.state?.isFilled !== true && found.id !== null)
      this.#addState(start, found.state, callState(found.id));
  }

  #state(keyStart: number): KeptKey {
    const isFilled = this.#cursor.peek() !== 0x6e;
    const start = this.#cursor.position;
    this.#cursor.skipValue();
    return { keyStart, start, end: this.#cursor.position, isFilled };
  }

  /** `start`: after the brace of the call. `present`: its null in place of a state. */
  #addState(start: number, present: KeptKey | null, json: string): void {
    if (present === null) this.#patch.replace(start, start, `"${STATE_KEY}":${json},`);
    else this.#patch.replace(present.start, present.end, json);
  }

  /** Returns the given id; null if it is no text. */
  #id(outgoing: (id: string) => string): string | null {
    const cursor = this.#cursor;
    if (!cursor.passString()) {
      cursor.skipValue();
      return null;
    }
    const id = cursor.string();
    const sent = outgoing(id);
    if (sent !== id) this.#replaceString(sent);
    return id;
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
