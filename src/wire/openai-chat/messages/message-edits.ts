import type { OutgoingCallIds } from '../../chat/calls/call-ids.ts';
import { enterOrSkip, JsonCursor } from '../../json/cursor.ts';
import type { BodyPatch } from '../../json/patch.ts';
import type { JsonField } from '../../json/scan.ts';
import { argumentsJson } from '../call-arguments.ts';
import { KeyRemover } from './key-remover.ts';
import {
  REASONING_KEYS,
  THINKING_KEYS,
  type ReasoningKey,
  type ThinkingKey,
} from '../reasoning/reasoning-keys.ts';
import { VENDOR_KEYS, type VendorKey } from '../vendor-keys.ts';

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
  /** Write arguments of calls that are blank or no text as text. */
  readonly argumentsText: boolean;
}

/**
 * Adds the edits to a patch in one pass over the messages; all other bytes stay, and without edits there is no pass.
 * `messages` is the field with the list. Returns the names of the keys whose removal is a loss. Throws a `JsonScanError`.
 */
export function editMessages(
  body: Buffer,
  messages: JsonField,
  edits: MessageEdits,
  patch: BodyPatch,
): Iterable<string> {
  const { systemRole, removed, reasoning, callIds, callState, argumentsText } = edits;
  const editsKeys = removed.length > 0 || reasoning.length > 0;
  const editsCalls = callIds !== null || callState !== null || argumentsText;
  if (!systemRole && !editsKeys && !editsCalls) return [];
  const cursor = new JsonCursor(body, messages.valueStart);
  const editor = new MessageEditor(cursor, edits, patch);
  if (!cursor.enter('array')) return [];
  for (let turn = 0; cursor.nextElement(); turn += 1) if (enterOrSkip(cursor, 'object')) editor.edit(turn);
  return editor.removed;
}

/** A key with its value. */
interface FoundKey {
  readonly keyStart: number;
  readonly start: number;
  readonly end: number;
  /** The value is there: of thinking, text that is not empty; of a state, anything but null. */
  readonly isFilled: boolean;
  readonly isRemoved: boolean;
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
    const cursor = this.#cursor;
    const thinking = new Map<string, FoundKey>();
    const removed: ThinkingKey[] = [];
    const firstKept = this.#object(this.#edits.removed, '', (keyStart, isRemoved) => {
      const key = THINKING_KEYS.find((each) => cursor.stringIs(each));
      if (key === undefined) {
        if (isRemoved) cursor.skipValue();
        else this.#value(turn);
        return !isRemoved;
      }
      thinking.set(key, { ...this.#thinking(keyStart), isRemoved });
      if (isRemoved) removed.push(key);
      return true;
    });
    for (const key of this.#edits.reasoning) this.#copyThinking(thinking, key, firstKept);
    const isCarried = REASONING_KEYS.some((key) => {
      const found = thinking.get(key);
      return found?.isFilled === true && (!found.isRemoved || this.#edits.reasoning.length > 0);
    });
    // The same thinking under another key is no loss.
    if (!isCarried) for (const key of removed) this.removed.add(key);
  }

  /**
   * Passes the keys of an object and removes those in `keys`; `value` passes each value, and returns false if the removal
   * is a loss. Returns where the first key that stays begins; null: none.
   */
  #object(
    keys: readonly string[],
    path: string,
    value: (keyStart: number, isRemoved: boolean) => boolean,
  ): number | null {
    const cursor = this.#cursor;
    const remover = new KeyRemover(this.#patch);
    let firstKept: number | null = null;
    while (cursor.nextKey()) {
      const keyStart = cursor.stringStart;
      const key = keys.find((each) => cursor.stringIs(each));
      if (!value(keyStart, key !== undefined) && key !== undefined) this.removed.add(path + key);
      if (key !== undefined) remover.remove(keyStart, cursor.position);
      else {
        firstKept ??= keyStart;
        remover.keep(keyStart, cursor.position);
      }
    }
    remover.end();
    return firstKept;
  }

  /** The value of the key that was read last. */
  #value(turn: number): void {
    const cursor = this.#cursor;
    const { systemRole, callIds, callState, argumentsText } = this.#edits;
    const editsCalls = callIds !== null || callState !== null || argumentsText || this.#callKeys.length > 0;
    if (systemRole && cursor.stringIs('role')) {
      if (!cursor.passString()) cursor.skipValue();
      else if (cursor.stringIs('developer')) this.#replaceString('system');
    } else if (callIds !== null && cursor.stringIs('tool_call_id')) {
      this.#id((id) => callIds.result(id));
    } else if (editsCalls && cursor.stringIs('tool_calls')) {
      this.#calls((id) => callIds?.call(id, turn) ?? id);
    } else if (argumentsText && cursor.stringIs('function_call')) this.#function();
    else cursor.skipValue();
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
    const found: { id: string | null; state: FoundKey | null } = { id: null, state: null };
    this.#object(this.#callKeys, CALLS, (keyStart, isRemoved) => {
      if (isRemoved) cursor.skipValue();
      else if (cursor.stringIs('id')) found.id = this.#id(outgoing);
      else if (cursor.stringIs(STATE_KEY)) found.state = this.#state(keyStart);
      else if (cursor.stringIs('function')) this.#function();
      else cursor.skipValue();
      return !isRemoved;
    });
    if (callState !== null && found.state?.isFilled !== true && found.id !== null)
      this.#addState(start, found.state, callState(found.id));
  }

  #function(): void {
    const cursor = this.#cursor;
    if (!enterOrSkip(cursor, 'object')) return;
    this.#object(this.#callKeys, CALLS, (_keyStart, isRemoved) => {
      if (!isRemoved && this.#edits.argumentsText && cursor.stringIs('arguments')) this.#arguments();
      else cursor.skipValue();
      return !isRemoved;
    });
  }

  #arguments(): void {
    const cursor = this.#cursor;
    cursor.peek();
    const start = cursor.position;
    const json = argumentsJson(cursor);
    if (json !== null) this.#patch.replace(start, cursor.position, json);
  }

  #state(keyStart: number): FoundKey {
    const isFilled = this.#cursor.peek() !== 0x6e;
    const start = this.#cursor.position;
    this.#cursor.skipValue();
    return { keyStart, start, end: this.#cursor.position, isFilled, isRemoved: false };
  }

  /** `start`: after the brace of the call. `present`: its null in place of a state. */
  #addState(start: number, present: FoundKey | null, json: string): void {
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

  #thinking(keyStart: number): Omit<FoundKey, 'isRemoved'> {
    const cursor = this.#cursor;
    cursor.peek();
    const start = cursor.position;
    const isText = cursor.passString();
    if (!isText) cursor.skipValue();
    return { keyStart, start, end: cursor.position, isFilled: isText && cursor.stringBytes > 0 };
  }

  /**
   * Null or empty text under the wanted key is replaced; a missing key goes before the other one, or, if that is removed,
   * before the first key that stays.
   */
  #copyThinking(thinking: ReadonlyMap<string, FoundKey>, key: ReasoningKey, firstKept: number | null): void {
    const present = thinking.get(key);
    const other = thinking.get(key === 'reasoning' ? 'reasoning_content' : 'reasoning');
    if (present?.isFilled === true || other?.isFilled !== true) return;
    const text = this.#cursor.bytes.toString('utf8', other.start, other.end);
    const place = other.isRemoved ? firstKept : other.keyStart;
    if (present !== undefined) this.#patch.replace(present.start, present.end, text);
    else if (place !== null) this.#patch.replace(place, place, `"${key}":${text},`);
  }
}
