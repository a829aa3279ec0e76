import { BILLING_LINE } from '../../chat/request/billing-line.ts';
import type { JsonCursor } from '../../json/cursor.ts';

/** The first bytes of a text that may start with a billing line: `x`, or white space, escaped or not. */
const BEGINNINGS: ReadonlySet<number> = new Set(Buffer.from('x \\'));

/** Most bytes of white space before it. */
const MAX_WHITE = 32;
const WHITE = /^(?:\\[nrt]|\s)+/;

/** Is this the role of system text? */
export function isSystemRole(role: unknown): boolean {
  return role === 'system' || role === 'developer';
}

/** Notes in the scan of a request what its turns have that some servers refuse, for a few comparisons per message. */
export class OddTurnScanner {
  /** As `turnOrder` in `Oddities`. */
  order = false;
  billingLine = false;
  developerRole = false;
  /** The role of the present message. */
  #role: string | null = null;
  #previous: string | null = null;
  /** The present message has content. */
  #hasContent = false;
  /** The present message has words that templates do not read. */
  #isUnread = false;
  /** A message other than system text has ended. */
  #hasTurn = false;

  /** Is the present message the result of a call? */
  get isResult(): boolean {
    return this.#role === 'tool';
  }

  /** Reads the value of `role` at the cursor. */
  role(cursor: JsonCursor): void {
    this.#role = null;
    if (!cursor.passString()) cursor.skipValue();
    else this.#role = knownRole(cursor);
  }

  /** Looks at the text that the cursor has passed last. `index` is that of its message. */
  text(cursor: JsonCursor, index: number): void {
    // The first byte decides for nearly every text.
    if (index === 0 && BEGINNINGS.has(cursor.bytes[cursor.stringStart + 1] ?? 0))
      this.billingLine ||= startsWithLine(cursor.stringPrefix(BILLING_LINE.length + MAX_WHITE));
  }

  /** The present message has content. */
  content(): void {
    this.#hasContent = true;
  }

  /** The present message has a refusal or audio. */
  unread(): void {
    this.#isUnread = true;
  }

  /** A message has ended. */
  endMessage(index: number): void {
    const role = this.#role;
    if (role === 'developer') this.developerRole = true;
    if (isSystemRole(role)) this.order ||= index > 0 || !this.#hasContent;
    else this.#endTurn(role);
    this.#previous = role;
    this.#role = null;
    this.#hasContent = false;
    this.#isUnread = false;
  }

  /** The conversation has ended. */
  end(): void {
    this.order ||= !this.#hasTurn;
  }

  #endTurn(role: string | null): void {
    if (role === 'assistant') this.order ||= !this.#hasTurn || this.#isUnread || this.#previous === role;
    else if (role === 'user') this.order ||= this.#previous === role;
    this.#hasTurn = true;
  }
}

/** `text`: the beginning of a string, still escaped. */
function startsWithLine(text: string): boolean {
  return text.replace(WHITE, '').startsWith(BILLING_LINE);
}

/** The role in the last string, the frequent ones first; null: any other. */
function knownRole(cursor: JsonCursor): string | null {
  if (cursor.stringIs('user')) return 'user';
  if (cursor.stringIs('assistant')) return 'assistant';
  if (cursor.stringIs('system')) return 'system';
  if (cursor.stringIs('tool')) return 'tool';
  return cursor.stringIs('developer') ? 'developer' : null;
}
