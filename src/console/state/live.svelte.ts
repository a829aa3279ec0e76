import { session } from '../api/session.svelte.ts';

const NAMES = ['switch', 'health', 'config', 'discovery', 'request', 'pool'] as const;

/**
 * The events of `GET /api/events` that the console listens to; `connected`: events may have been missed; `lost`: the
 * connection failed.
 */
export type EventName = (typeof NAMES)[number] | 'connected' | 'lost';

/** Delays before each attempt to reconnect, in milliseconds; the last one is repeated. */
const RETRY_MS = [500, 1000, 2000, 5000];

type Listener = (name: EventName, data: unknown) => void;

/** The gateway's events, and whether it answers. One connection for the whole console. */
class LiveEvents {
  /** `lost`: the console reconnects automatically. */
  status = $state<'connecting' | 'open' | 'lost'>('connecting');
  readonly #listeners = new Set<Listener>();
  #source: EventSource | null = null;
  #tries = 0;

  /** Connects or reconnects, such as after the token was entered. */
  connect(): void {
    this.#source?.close();
    const source = new EventSource('api/events');
    this.#source = source;
    source.onopen = () => {
      this.#tries = 0;
      this.status = 'open';
      this.#emit('connected', null);
    };
    source.onerror = () => {
      this.status = 'lost';
      source.close();
      const wait = RETRY_MS[Math.min(this.#tries, RETRY_MS.length - 1)];
      this.#tries += 1;
      // An EventSource hides the status: an ordinary call finds out whether the session has expired.
      this.#emit('lost', null);
      setTimeout(() => {
        if (this.#source === source && !session.tokenNeeded) this.connect();
      }, wait);
    };
    for (const name of NAMES) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        this.#emit(name, JSON.parse(event.data));
      });
    }
  }

  #emit(name: EventName, data: unknown): void {
    for (const listener of this.#listeners) listener(name, data);
  }

  /** Calls `listener` with each event, until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The one connection. */
export const live = new LiveEvents();
