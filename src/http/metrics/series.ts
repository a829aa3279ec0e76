/** Label value that replaces unknown values and those beyond a limit. */
export const OTHER = 'other';

/**
 * A bounded map of entries by label. Only labels that `isKnown` accepts (configured ones), and at most `limit` of them,
 * get an entry of their own; all others, such as names that callers make up, share `other`. A label that is removed from
 * the configuration keeps its entry.
 */
export class ByLabel<T> {
  readonly #entries = new Map<string, T>();
  readonly #create: () => T;
  readonly #isKnown: (label: string) => boolean;
  readonly #limit: number;

  constructor(create: () => T, limit: number, isKnown: (label: string) => boolean) {
    this.#create = create;
    this.#limit = limit;
    this.#isKnown = isKnown;
  }

  /** The entry of a label, created on first use. Hot path: one look-up afterwards. */
  of(label: string): T {
    return this.#entries.get(label) ?? this.#admit(label);
  }

  /** All labels with their entries. */
  [Symbol.iterator](): IterableIterator<[string, T]> {
    return this.#entries.entries();
  }

  #admit(label: string): T {
    const name = this.#entries.size < this.#limit && this.#isKnown(label) ? label : OTHER;
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = this.#create();
      this.#entries.set(name, entry);
    }
    return entry;
  }
}

/** A histogram of plain counts, since prom-client's `observe` costs more than the rest of the record phase. */
export class Buckets {
  /** Upper bounds, ascending. `counts` has one more entry, for values above all of them. */
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? Infinity)) index += 1;
    counts[index] = (counts[index] ?? 0) + 1;
    this.sum += value;
  }
}
