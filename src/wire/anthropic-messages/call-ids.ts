import { filledString } from '../json/value.ts';

/**
 * The ids of a reply's calls. Clients need a unique id for each call (wire case 77): if the server sends none or a
 * duplicate, the id is derived from the message's.
 */
export class CallIds {
  readonly #used = new Set<string>();

  /** Number of calls so far. */
  get count(): number {
    return this.#used.size;
  }

  /** The id of the next call. */
  next(given: unknown, messageId: string | null): string {
    const upstreamId = filledString(given);
    const id =
      upstreamId === null || this.#used.has(upstreamId)
        ? `toolu_${messageId ?? ''}_${this.count}`
        : upstreamId;
    this.#used.add(id);
    return id;
  }
}
