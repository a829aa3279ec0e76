import { plainDeltaHead } from './plain-delta.ts';

/** A block of a stream that has not stopped. */
export interface OpenBlock {
  /** Its number towards the client. */
  readonly index: number;
  readonly type: unknown;
  signature: string;
}

/** What tells a block of an upstream from the others: its index, or a mark where it has none of its own. */
export type BlockKey = number | string;

/**
 * The blocks of one stream: which are open, and the canonical index of each. Upstream indexes are nearly always 0, 1,
 * 2, … already; where one is used twice, the second block gets the next free one (wire case 128).
 */
export class Blocks {
  readonly #open = new Map<BlockKey, OpenBlock>();
  #next = 0;
  #lastStarted: BlockKey = -1;
  #plainHead: Buffer | null = null;

  /** How usual deltas of the last block begin, while it is open under its canonical index. */
  get plainHead(): Buffer | null {
    return this.#plainHead;
  }

  /** The key of an upstream's index; an event without one is about the block that was started last. */
  keyOf(upstreamIndex: unknown): BlockKey {
    return typeof upstreamIndex === 'number' ? upstreamIndex : this.#lastStarted;
  }

  /** The key of a block that the upstream starts now. */
  newKeyOf(upstreamIndex: unknown): BlockKey {
    return typeof upstreamIndex === 'number' ? upstreamIndex : this.#next;
  }

  /** The open block of that key. */
  get(key: BlockKey): OpenBlock | undefined {
    return this.#open.get(key);
  }

  /** Opens a block under a key that is not open. */
  start(key: BlockKey, type: unknown, signature: string): OpenBlock {
    const block: OpenBlock = { index: this.#next, type, signature };
    this.#next += 1;
    this.#open.set(key, block);
    this.#lastStarted = key;
    this.#plainHead = key === block.index ? plainDeltaHead(block.index, type) : null;
    return block;
  }

  /** Closes the block of that key. */
  stop(key: BlockKey): void {
    this.#open.delete(key);
    if (key === this.#lastStarted) this.#plainHead = null;
  }

  /** Closes every open block. */
  stopAll(): readonly OpenBlock[] {
    if (this.#open.size === 0) return NONE;
    const blocks = [...this.#open.values()];
    this.#open.clear();
    this.#plainHead = null;
    return blocks;
  }
}

const NONE: readonly OpenBlock[] = Object.freeze([]);
