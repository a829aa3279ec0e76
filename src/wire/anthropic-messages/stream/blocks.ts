import { finiteNumber } from '../../json/value.ts';

interface OpenBlock {
  /** As the client is told. */
  readonly index: number;
  signature: string;
}

/**
 * The blocks of one stream: which are open, and under which index the client knows each. Upstream indexes are 0, 1, 2, …
 * already as a rule; where one is used twice, the client gets the next free one (wire case 128).
 */
export class Blocks {
  readonly #open = new Map<number, OpenBlock>();
  /** The index of the block that was started last, while it is open and its own; -1: none. */
  #plain = -1;
  readonly #started = new Set<number>();
  #next = 0;
  #lastStarted = -1;

  /** Is `index` that of the last block, unchanged, so that its deltas can pass as they are? -1 is none. */
  isPlain(index: number): boolean {
    return index >= 0 && index === this.#plain;
  }

  /** Is a block open under this very index? */
  isOpen(upstreamIndex: unknown): boolean {
    return typeof upstreamIndex === 'number' && this.#open.has(upstreamIndex);
  }

  /** Opens a block under an index that is not open; gives its index for the client. */
  start(upstreamIndex: unknown, signature: string): number {
    const key = finiteNumber(upstreamIndex) ?? this.#next;
    const index = this.#next;
    this.#next += 1;
    this.#open.set(key, { index, signature });
    this.#lastStarted = key;
    this.#started.add(key);
    this.#plain = key === index ? index : -1;
    return index;
  }

  /** The client's index of an open block; null where none is open under that index. */
  indexOf(upstreamIndex: unknown): number | null {
    return this.#open.get(this.#key(upstreamIndex))?.index ?? null;
  }

  /** Was a block ever started under that index? */
  wasStarted(upstreamIndex: unknown): boolean {
    return this.#started.has(this.#key(upstreamIndex));
  }

  /** Adds to the signature of an open block. */
  sign(upstreamIndex: unknown, signature: string): void {
    const block = this.#open.get(this.#key(upstreamIndex));
    if (block !== undefined) block.signature += signature;
  }

  /** Closes a block; gives its signature. */
  stop(upstreamIndex: unknown): string {
    const key = this.#key(upstreamIndex);
    const block = this.#open.get(key);
    this.#open.delete(key);
    if (key === this.#plain) this.#plain = -1;
    return block?.signature ?? '';
  }

  /** Closes every open block. */
  stopAll(): readonly OpenBlock[] {
    if (this.#open.size === 0) return NONE;
    const blocks = [...this.#open.values()];
    this.#open.clear();
    this.#plain = -1;
    return blocks;
  }

  /** An event without an index is about the block that was started last. */
  #key(upstreamIndex: unknown): number {
    return finiteNumber(upstreamIndex) ?? this.#lastStarted;
  }
}

const NONE: readonly OpenBlock[] = Object.freeze([]);
