import { hash } from 'node:crypto';

/** What a server requires of the ids of calls, apart from the characters `A-Za-z0-9_-`. */
export interface CallIdRules {
  /** Maximum length in characters; null: no restriction. */
  readonly maxLength: number | null;
}

const ACCEPTED = /^[A-Za-z0-9_-]+$/;
const FOREIGN_CHARACTERS = /[^A-Za-z0-9_-]/g;
const HASH_DIGITS = 12;
/** The maximum of OpenAI's chat API, so that a replaced id is accepted by every server. */
const REPLACED_LENGTH = 40;
const READABLE_LENGTH = REPLACED_LENGTH - HASH_DIGITS - 1;

/**
 * The id unchanged if the server accepts it, otherwise one of at most 40 characters. It depends only on the given id,
 * so call and result still agree, and a conversation has the same bytes in every request (wire case 77).
 */
export function acceptedCallId(id: string, { maxLength }: CallIdRules): string {
  if (ACCEPTED.test(id) && (maxLength === null || id.length <= maxLength)) return id;
  const readable = id.replace(FOREIGN_CHARACTERS, '_').slice(0, READABLE_LENGTH);
  return `${readable}_${hash('sha256', id, 'hex').slice(0, HASH_DIGITS)}`;
}

/**
 * The ids to send for the calls and results of one conversation, in its order. A call that reuses an id gets an unused
 * one, and its result the same (wire case 77). Earlier turns determine the ids of later ones, never the reverse.
 */
export class OutgoingCallIds {
  readonly #rules: CallIdRules;
  readonly #used = new Set<string>();
  /** Number of calls by given id. */
  readonly #counts = new Map<string, number>();
  /** Sent ids of the last turn that has calls with the given id. */
  readonly #open = new Map<string, { turn: number; readonly sent: string[]; answered: number }>();

  constructor(rules: CallIdRules) {
    this.#rules = rules;
  }

  /** The id of a call in message number `turn`. */
  call(id: string, turn: number): string {
    let count = this.#counts.get(id) ?? 0;
    let sent: string;
    do {
      count += 1;
      sent = acceptedCallId(count === 1 ? id : `${id}_${count}`, this.#rules);
    } while (this.#used.has(sent));
    this.#counts.set(id, count);
    this.#used.add(sent);
    const open = this.#open.get(id);
    if (open?.turn === turn) open.sent.push(sent);
    else this.#open.set(id, { turn, sent: [sent], answered: 0 });
    return sent;
  }

  /** The id of a result: that of the first unanswered call with this id in the last turn that has one. */
  result(id: string): string {
    const open = this.#open.get(id);
    if (open === undefined) return acceptedCallId(id, this.#rules);
    const sent = open.sent[Math.min(open.answered, open.sent.length - 1)];
    open.answered += 1;
    return sent ?? acceptedCallId(id, this.#rules);
  }
}
