/** Warnings for the operator, each issued once until they are cleared. */
export class Warnings {
  readonly #issued = new Set<string>();
  readonly #listeners: ((message: string) => void)[] = [];

  /** Adds a listener; it gets the earlier ones at once. */
  listen(listener: (message: string) => void): void {
    this.#listeners.push(listener);
    for (const message of this.#issued) listener(message);
  }

  /** Issues those that were not issued yet. */
  issue(messages: readonly string[]): void {
    for (const message of messages) {
      if (this.#issued.has(message)) continue;
      this.#issued.add(message);
      for (const listener of this.#listeners) listener(message);
    }
  }

  /** The configuration has changed: what still holds is issued again. */
  clear(): void {
    this.#issued.clear();
  }
}
