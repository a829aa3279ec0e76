import type { CallState } from '../protocol/chat.ts';

/** Maximum number of states kept. */
const ENTRIES_MAX = 10_000;

/** Maximum length of all states together, in characters. A large request copies them to another thread. */
const CHARACTERS_MAX = 8 * 1024 * 1024;

/** Maximum length of one state, in characters: Gemini's thought signatures have up to some thousands. */
const STATE_CHARACTERS_MAX = 256 * 1024;

/** How long a state is kept, in milliseconds: vendors require the states of the current turn only. */
const TTL_MS = 60 * 60 * 1000;

/** The state of a call, and the target that made it. */
export interface KnownCallState {
  readonly target: string;
  /** JSON text. */
  readonly state: string;
  /** Monotonic ms. */
  readonly at: number;
}

/**
 * The opaque states that vendors attached to tool calls, by the id of the call, for clients whose wire cannot carry them
 * and so cannot send them back. They are kept in memory; the oldest is evicted first.
 */
export class CallStates {
  /** Ordered by time. */
  readonly #entries = new Map<string, KnownCallState>();
  readonly #now: () => number;
  #characters = 0;

  /** `now` returns monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Records the states in a reply of a target. One that is too long is not kept. */
  note(states: readonly CallState[], target: string): void {
    for (const { callId, state } of states) {
      this.#delete(callId);
      if (state.length > STATE_CHARACTERS_MAX) continue;
      this.#entries.set(callId, { target, state, at: this.#now() });
      this.#characters += state.length;
    }
    this.#evict();
  }

  /** All states that are known, by call id; null if there are none, which is the usual case. Valid until the next call. */
  get known(): ReadonlyMap<string, KnownCallState> | null {
    if (this.#entries.size === 0) return null;
    this.#evict();
    return this.#entries.size === 0 ? null : this.#entries;
  }

  #evict(): void {
    const expired = this.#now() - TTL_MS;
    for (const [callId, { at }] of this.#entries) {
      const isFull = this.#entries.size > ENTRIES_MAX || this.#characters > CHARACTERS_MAX;
      if (at >= expired && !isFull) return;
      this.#delete(callId);
    }
  }

  #delete(callId: string): void {
    const entry = this.#entries.get(callId);
    if (entry === undefined) return;
    this.#characters -= entry.state.length;
    this.#entries.delete(callId);
  }
}
