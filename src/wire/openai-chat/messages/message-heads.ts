import { enterOrSkip, JsonCursor } from '../../json/cursor.ts';
import type { JsonField } from '../../json/scan.ts';
import { turnHead } from './fit-messages.ts';
import type { TurnHead } from './turn-plan.ts';

/** A message in a body: its range of bytes, and what decides about its place. */
export interface MessageHead extends TurnHead {
  readonly start: number;
  readonly end: number;
  /** The ids of its calls; null: a call without one. */
  readonly callIds: readonly (string | null)[];
  /** The id of the call that it answers; null: none. */
  readonly resultId: string | null;
  /** It has a refusal or audio, which templates do not read. */
  readonly isUnread: boolean;
}

/** Finds the messages in the list of a field. Throws a `JsonScanError`. */
export function readHeads(body: Buffer, field: JsonField): readonly MessageHead[] {
  const heads: MessageHead[] = [];
  const cursor = new JsonCursor(body, field.valueStart);
  if (!cursor.enter('array')) return heads;
  while (cursor.nextElement()) {
    cursor.peek();
    const start = cursor.position;
    const head = new HeadReader(cursor).read();
    heads.push({ ...head, start, end: cursor.position });
  }
  return heads;
}

class HeadReader {
  readonly #cursor: JsonCursor;
  #role: string | null = null;
  #name: string | null = null;
  #resultId: string | null = null;
  readonly #callIds: (string | null)[] = [];
  #isEmpty = true;
  #isUnread = false;

  constructor(cursor: JsonCursor) {
    this.#cursor = cursor;
  }

  read(): Omit<MessageHead, 'start' | 'end'> {
    if (enterOrSkip(this.#cursor, 'object')) while (this.#cursor.nextKey()) this.#value();
    return {
      ...turnHead(this.#role, this.#name),
      isEmpty: this.#isEmpty,
      callIds: this.#callIds,
      resultId: this.#resultId,
      isUnread: this.#isUnread,
    };
  }

  /** The value of the key that was read last. */
  #value(): void {
    const cursor = this.#cursor;
    if (cursor.stringIs('role')) this.#role = this.#text();
    else if (cursor.stringIs('name')) this.#name = this.#text();
    else if (cursor.stringIs('content')) this.#isEmpty = !this.#isFilled();
    else if (cursor.stringIs('tool_calls')) this.#calls();
    else if (cursor.stringIs('tool_call_id')) this.#resultId = this.#text();
    else if (cursor.stringIs('refusal') || cursor.stringIs('audio')) this.#isUnread ||= this.#isFilled();
    else cursor.skipValue();
  }

  #text(): string | null {
    if (this.#cursor.passString()) return this.#cursor.string();
    this.#cursor.skipValue();
    return null;
  }

  /** Passes a value; false if it is null, empty text or an empty list. */
  #isFilled(): boolean {
    const cursor = this.#cursor;
    if (cursor.passString()) return cursor.stringBytes > 0;
    if (cursor.enter('array')) {
      let isFilled = false;
      for (; cursor.nextElement(); cursor.skipValue()) isFilled = true;
      return isFilled;
    }
    const isNull = cursor.peek() === 0x6e;
    cursor.skipValue();
    return !isNull;
  }

  #calls(): void {
    const cursor = this.#cursor;
    if (!enterOrSkip(cursor, 'array')) return;
    while (cursor.nextElement()) {
      if (!enterOrSkip(cursor, 'object')) continue;
      let id: string | null = null;
      while (cursor.nextKey()) {
        if (cursor.stringIs('id')) id = this.#text();
        else cursor.skipValue();
      }
      this.#callIds.push(id);
    }
  }
}
