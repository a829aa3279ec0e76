/** In place of the hash of a missing id; no hash is negative. */
const NO_ID = -1;

/**
 * Notes in the scan of a request whether each call is answered right after its turn and each result has its call (wire
 * cases 67, 68), by hashes of the ids: two ids with one hash only leave the request to the server.
 */
export class CallOrderScanner {
  /** Some call or result is out of order. */
  isOdd = false;
  /** Calls of the last turn without a result, and how many share an id. */
  readonly #open = new Map<number, number>();
  /** Ids of the calls of the present message. */
  readonly #calls: number[] = [];
  #result = NO_ID;

  /** A call begins in the present message. */
  call(): void {
    this.#calls.push(NO_ID);
  }

  /** The id of that call. */
  callId(hash: number): void {
    this.#calls[this.#calls.length - 1] = hash;
  }

  /** The present message answers the call with this id. */
  resultId(hash: number): void {
    this.#result = hash;
  }

  /** The present message has ended. */
  endMessage(isResult: boolean): void {
    if (isResult) this.#close(this.#result);
    else {
      if (this.#open.size > 0) this.end();
      for (const id of this.#calls) this.#open.set(id, (this.#open.get(id) ?? 0) + 1);
    }
    this.#calls.length = 0;
    this.#result = NO_ID;
  }

  /** The conversation has ended. */
  end(): void {
    if (this.#open.size > 0) this.isOdd = true;
    this.#open.clear();
  }

  /** A result without an id answers the oldest call. */
  #close(id: number): void {
    const key = id === NO_ID ? this.#open.keys().next().value : id;
    const count = key === undefined ? undefined : this.#open.get(key);
    if (key === undefined || count === undefined) this.isOdd = true;
    else if (count > 1) this.#open.set(key, count - 1);
    else this.#open.delete(key);
  }
}
