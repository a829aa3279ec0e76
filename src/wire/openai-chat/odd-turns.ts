import { BILLING_LINE } from '../chat/billing-line.ts';
import type { OddTurns } from '../exchange.ts';
import type { JsonCursor } from '../json/cursor.ts';

/** Is this the role of system text? */
export function isSystemRole(role: unknown): boolean {
  return role === 'system' || role === 'developer';
}

/** Notes in the scan of a request what its turns have that some servers refuse, for a few comparisons per message. */
export class OddTurnScanner {
  #order = false;
  #billingLine = false;
  #developerRole = false;
  #role: string | null = null;
  #previous: string | null = null;

  /** What was found; null for nearly every request. */
  get found(): OddTurns | null {
    if (!this.#order && !this.#billingLine && !this.#developerRole) return null;
    return { order: this.#order, billingLine: this.#billingLine, developerRole: this.#developerRole };
  }

  /** Reads the value of `role` at the cursor. */
  role(cursor: JsonCursor): void {
    this.#role = null;
    if (!cursor.passString()) cursor.skipValue();
    else this.#role = knownRole(cursor);
    this.#developerRole ||= this.#role === 'developer';
  }

  /** Looks at the text that the cursor has passed last. `index` is that of its message. */
  text(cursor: JsonCursor, index: number): void {
    // The first byte decides for nearly every text.
    if (index === 0 && cursor.bytes[cursor.stringStart + 1] === 0x78)
      this.#billingLine ||= cursor.stringPrefix(BILLING_LINE.length) === BILLING_LINE;
  }

  /** A message has ended. */
  endMessage(index: number): void {
    const role = this.#role;
    if (isSystemRole(role)) this.#order ||= index > 0;
    else if (role !== null) this.#order ||= role === this.#previous;
    this.#previous = role;
    this.#role = null;
  }
}

/** The role in the last string, the frequent ones first; null: one whose order does not matter. */
function knownRole(cursor: JsonCursor): string | null {
  if (cursor.stringIs('user')) return 'user';
  if (cursor.stringIs('assistant')) return 'assistant';
  if (cursor.stringIs('system')) return 'system';
  return cursor.stringIs('developer') ? 'developer' : null;
}
