/** What stands in for label values that are not known here or are too many. */
export const OTHER = 'other';

/**
 * Things by one label, bounded: only names that `isKnown` (configured, that is) and at most `limit` of them get their
 * own; what callers make up goes to `other`. A name that is gone from the configuration keeps its counts.
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

  /** The one of this label; hot path: one look-up once it is there. */
  of(label: string): T {
    return this.#entries.get(label) ?? this.#admit(label);
  }

  /** All that there are. */
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

/** A histogram: plain counts, since prom-client's own `observe` costs more than the rest of the record phase. */
export class Buckets {
  /** Upper bounds, ascending; the last count is of what is above all of them. */
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let place = 0;
    while (place < bounds.length && value > (bounds[place] ?? Infinity)) place += 1;
    counts[place] = (counts[place] ?? 0) + 1;
    this.sum += value;
  }
}
