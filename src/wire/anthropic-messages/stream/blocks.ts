import { plainDeltaHead } from './plain-delta.ts';

/** A block of a stream that has not been stopped. */
export interface OpenBlock {
  /** The canonical index, as sent to the client. */
  readonly index: number;
  readonly type: unknown;
  signature: string;
}

/** Identifies a block of the upstream: its index, or a string for a block that the upstream did not start. */
export type BlockKey = number | string;

/**
 * The open blocks of one stream and their canonical indexes. Upstream indexes are nearly always canonical already (0,
 * 1, 2, …); if one is used twice, the second block gets the next free index (wire case 128).
 */
export class Blocks {
  readonly #open = new Map<BlockKey, OpenBlock>();
  #next = 0;
  #lastStarted: BlockKey = -1;
  #plainHead: Buffer | null = null;

  /** How plain deltas of the last block begin; null unless that block is open and its index is canonical. */
  get plainHead(): Buffer | null {
    return this.#plainHead;
  }

  /** The key of an upstream's index; an event without an index belongs to the block that was started last. */
  keyOf(upstreamIndex: unknown): BlockKey {
    return typeof upstreamIndex === 'number' ? upstreamIndex : this.#lastStarted;
  }

  /** The key of a block that the upstream starts. */
  newKeyOf(upstreamIndex: unknown): BlockKey {
    return typeof upstreamIndex === 'number' ? upstreamIndex : this.#next;
  }

  /** The open block with this key. */
  get(key: BlockKey): OpenBlock | undefined {
    return this.#open.get(key);
  }

  /** Opens a block; `key` must not be open. */
  start(key: BlockKey, type: unknown, signature: string): OpenBlock {
    const block: OpenBlock = { index: this.#next, type, signature };
    this.#next += 1;
    this.#open.set(key, block);
    this.#lastStarted = key;
    this.#plainHead = key === block.index ? plainDeltaHead(block.index, type) : null;
    return block;
  }

  /** Closes the block with this key. */
  stop(key: BlockKey): void {
    this.#open.delete(key);
    if (key === this.#lastStarted) this.#plainHead = null;
  }

  /** Closes all open blocks and returns them. */
  stopAll(): readonly OpenBlock[] {
    if (this.#open.size === 0) return NONE;
    const blocks = [...this.#open.values()];
    this.#open.clear();
    this.#plainHead = null;
    return blocks;
  }
}

const NONE: readonly OpenBlock[] = Object.freeze([]);
