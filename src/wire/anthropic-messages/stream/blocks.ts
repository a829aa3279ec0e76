import { finiteNumber } from '../../json/value.ts';

interface OpenBlock {
  /** Its number towards the client. */
  readonly index: number;
  signature: string;
}

/**
 * The blocks of one stream: which are open, and the canonical index of each. Upstream indexes are nearly always 0, 1,
 * 2, … already; where one is used twice, the second block gets the next free one (wire case 128).
 */
export class Blocks {
  readonly #open = new Map<number, OpenBlock>();
  /** The index of the block that was started last, while it is open and its own; -1: none. */
  #plain = -1;
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

  /** Opens a block under an index that is not open; gives its canonical index. */
  start(upstreamIndex: unknown, signature: string): number {
    const key = finiteNumber(upstreamIndex) ?? this.#next;
    const index = this.#next;
    this.#next += 1;
    this.#open.set(key, { index, signature });
    this.#lastStarted = key;
    this.#plain = key === index ? index : -1;
    return index;
  }

  /** The canonical index of an open block; null where none is open under that index. */
  indexOf(upstreamIndex: unknown): number | null {
    return this.#open.get(this.#key(upstreamIndex))?.index ?? null;
  }

  /** Gives an open block its signature. */
  sign(upstreamIndex: unknown, signature: string): void {
    const block = this.#open.get(this.#key(upstreamIndex));
    if (block !== undefined) block.signature = signature;
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
