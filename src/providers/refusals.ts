/** Most targets remembered for one provider; the one remembered first is forgotten first. */
const MAX_TARGETS = 500;

/**
 * The fields that the targets of one provider have refused although only Laneway had added them. Kept in memory with
 * the provider object, so a changed provider starts without them.
 */
export class Refusals {
  readonly #names = new Map<string, readonly string[]>();

  /** Has no target refused anything, as for nearly every provider? */
  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /** The names that a target refused; `key` identifies it together with everything that its fields depend on. */
  of(key: string): readonly string[] {
    return this.#names.get(key) ?? [];
  }

  /** Remembers names; returns those that were not known. */
  add(key: string, names: readonly string[]): readonly string[] {
    const known = this.of(key);
    const news = names.filter((name) => !known.includes(name));
    if (news.length === 0) return news;
    this.#names.set(key, [...known, ...news]);
    const [oldest] = this.#names.keys();
    if (this.#names.size > MAX_TARGETS && oldest !== undefined) this.#names.delete(oldest);
    return news;
  }
}
