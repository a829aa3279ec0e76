import { filledString } from '../json/value.ts';
import { newId } from '../openai-chat/ids.ts';

/** The ids of one reply's calls: older servers send none, and clients need a different one for each (wire case 77). */
export class CallIds {
  readonly #used = new Set<string>();

  /** The id of the next call, random where the server gave none or one of an earlier call. */
  next(given: string | null): string {
    const known = filledString(given);
    const id = known === null || this.#used.has(known) ? newId('call_', Math.random) : known;
    this.#used.add(id);
    return id;
  }
}
