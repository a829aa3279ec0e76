import { createHash } from 'node:crypto';
import type { Pin } from './plan.ts';

/** Maximum number of signatures kept. */
const ENTRIES_MAX = 10_000;

/** How long a signature is kept after its last use, in milliseconds. */
const TTL_MS = 60 * 60 * 1000;

/** Characters of the hash that are kept, 12 bytes: enough to make collisions negligible. */
const HASH_CHARACTERS = 16;

interface Entry {
  readonly pin: Pin;
  /** Monotonic ms of its last use. */
  readonly at: number;
}

/**
 * Which target produced which signed thinking: a signature is valid only with its model (wire cases 111, 204). Hashes
 * are kept in memory; the least recently used one is evicted first.
 */
export class Affinity {
  /** Ordered by last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  /** `now` returns monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Records the target of a reply with these signatures. */
  note(signatures: readonly string[], pin: Pin): void {
    for (const signature of signatures) this.#put(hashOf(signature), pin);
  }

  /** The pin of a conversation: that of its latest known signature; null without one. */
  pinOf(signatures: readonly string[]): Pin | null {
    let latest: Pin | null = null;
    for (const signature of signatures) latest = this.#use(signature) ?? latest;
    return latest;
  }

  /**
   * Which of a conversation's signatures may be sent to a target: null (all of them) when no other target is known to
   * have produced any; else those that the target itself is known to have produced.
   */
  shownTo(target: string, signatures: readonly string[]): readonly string[] | null {
    const makers = signatures.map((signature) => this.#use(signature)?.target ?? null);
    if (makers.every((maker) => maker === null || maker === target)) return null;
    return signatures.filter((_, index) => makers[index] === target);
  }

  #use(signature: string): Pin | null {
    const hash = hashOf(signature);
    const entry = this.#entries.get(hash);
    if (entry === undefined) return null;
    if (this.#now() - entry.at > TTL_MS) {
      this.#entries.delete(hash);
      return null;
    }
    this.#put(hash, entry.pin);
    return entry.pin;
  }

  #put(hash: string, pin: Pin): void {
    this.#entries.delete(hash);
    this.#entries.set(hash, { pin, at: this.#now() });
    if (this.#entries.size <= ENTRIES_MAX) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

function hashOf(signature: string): string {
  return createHash('sha256').update(signature).digest('base64url').slice(0, HASH_CHARACTERS);
}
