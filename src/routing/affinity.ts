import { createHash } from 'node:crypto';
import type { Pin } from './plan.ts';

/** Signatures that are remembered (DESIGN section 5). */
const ENTRIES_MAX = 10_000;

/** How long after its last use, in milliseconds. */
const KEPT_MS = 60 * 60 * 1000;

/** Characters of the hash that are kept, 12 bytes: enough that two signatures never meet. */
const HASH_CHARACTERS = 16;

interface Entry {
  readonly pin: Pin;
  /** Monotonic ms of its last use. */
  readonly at: number;
}

/**
 * Which target made which signed thinking: signatures are valid with their model only (wire cases 111, 204). Kept in
 * memory by their hashes; the one that was not used for longest goes first.
 */
export class Affinity {
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  /** `now` gives monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A reply with these signatures goes out. */
  note(signatures: readonly string[], pin: Pin): void {
    for (const signature of signatures) this.#put(hashOf(signature), pin);
  }

  /** Who holds the conversation: the maker of the latest signature that is known; null: nobody. */
  pinOf(signatures: readonly string[]): Pin | null {
    let latest: Pin | null = null;
    for (const signature of signatures) latest = this.#use(signature) ?? latest;
    return latest;
  }

  /**
   * Which of a conversation's signatures a target may be shown: null, all of them, where no other target is known to
   * have made any; else those that it is known to have made itself.
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
    if (this.#now() - entry.at > KEPT_MS) {
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
