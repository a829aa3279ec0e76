import { filledString } from '../json/value.ts';

/**
 * The ids of a reply's calls. Clients need one of its own for each (wire case 77): where the server gives none, or one
 * that another call has, it is made of the message's.
 */
export class CallIds {
  readonly #given = new Set<string>();

  /** Calls so far. */
  get count(): number {
    return this.#given.size;
  }

  /** The id of the next call. */
  next(given: unknown, messageId: string | null): string {
    const own = filledString(given);
    const id = own === null || this.#given.has(own) ? `toolu_${messageId ?? ''}_${this.count}` : own;
    this.#given.add(id);
    return id;
  }
}
