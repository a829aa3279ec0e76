import type { LedgerRow } from '../../protocol/ledger.ts';
import { requestSummary } from '../views/request-trace.ts';

/** Kinds of events of `GET /api/events`. */
export type EventName = 'switch' | 'health' | 'config' | 'discovery' | 'request' | 'pool';

/** A subscriber to events. */
export interface EventReader {
  /** Sends one event, already formatted as SSE. Never throws. */
  send(event: string): void;
  /** No more events will follow. */
  end(): void;
}

/** Options of an event hub. */
export interface EventHubOptions {
  /** Identifies this run of the gateway: the first half of event ids. */
  readonly runId: string;
  /** Monotonic ms. */
  readonly now: () => number;
}

/** Events kept for readers that reconnect. */
const HISTORY_MAX = 200;

/** At most this many of them are `request` events, so that traffic alone never evicts a switch. */
const HISTORY_REQUESTS_MAX = 50;

/** Minimum interval between two `request` events: at most 4 a second. */
const BATCH_MS = 250;

/** Requests listed in one `request` event; further ones of the same batch are only counted. */
const BATCH_MAX = 50;

interface PublishedEvent {
  readonly number: number;
  readonly name: EventName;
  readonly data: Readonly<Record<string, unknown>>;
  /** The event as SSE; null until it is first sent. */
  text: string | null;
}

/**
 * Sends events to readers and keeps the last 200 for those that reconnect. Without readers, a request costs one
 * comparison and any other event one object: nothing is serialised and no timer runs.
 */
export class EventHub {
  readonly #runId: string;
  readonly #now: () => number;
  readonly #readers = new Set<EventReader>();
  readonly #history: PublishedEvent[] = [];
  #last = 0;
  #closed = false;
  readonly #batch: LedgerRow[] = [];
  /** Requests of this batch beyond its limit. */
  #omitted = 0;
  #batchTimer: NodeJS.Timeout | undefined;
  #batchSentAt = -Infinity;

  constructor({ runId, now }: EventHubOptions) {
    this.#runId = runId;
    this.#now = now;
  }

  /** Current number of readers. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Sends an event to every reader. `data` must not change afterwards: it is serialised when first sent. */
  publish(name: EventName, data: Readonly<Record<string, unknown>>): void {
    this.#last += 1;
    const event: PublishedEvent = { number: this.#last, name, data, text: null };
    this.#history.push(event);
    if (this.#history.length > HISTORY_MAX) this.#evictOne();
    for (const reader of this.#readers) reader.send(this.#textOf(event));
  }

  /** Queues a finished request for the next batch; does nothing while there are no readers. */
  publishRequest(row: LedgerRow): void {
    if (this.#readers.size === 0 || row.state === 'running') return;
    if (this.#batch.length >= BATCH_MAX) {
      this.#omitted += 1;
      return;
    }
    this.#batch.push(row);
    if (this.#batchTimer !== undefined) return;
    const wait = Math.max(0, this.#batchSentAt + BATCH_MS - this.#now());
    this.#batchTimer = setTimeout(() => {
      this.#sendBatch();
    }, wait).unref();
  }

  /**
   * Subscribes a reader and returns the function that unsubscribes it. With a `lastEventId` the kept events after it are
   * sent first; an id of another run sends all kept events, null none.
   */
  subscribe(lastEventId: string | null, reader: EventReader): () => void {
    if (this.#closed) {
      reader.end();
      return () => undefined;
    }
    this.#readers.add(reader);
    if (lastEventId !== null) {
      const known = this.#numberOf(lastEventId);
      for (const event of this.#history) if (event.number > known) reader.send(this.#textOf(event));
    }
    return () => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#dropBatch();
    };
  }

  /** Ends every reader's stream and accepts no new ones: the gateway is shutting down. */
  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
    this.#dropBatch();
  }

  #sendBatch(): void {
    this.#batchTimer = undefined;
    this.#batchSentAt = this.#now();
    const requests = this.#batch.map(requestSummary);
    const omitted = this.#omitted;
    this.#dropBatch();
    this.publish('request', omitted === 0 ? { requests } : { requests, omitted });
  }

  #dropBatch(): void {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    this.#batch.length = 0;
    this.#omitted = 0;
  }

  /** Drops the oldest event, or the oldest `request` event when those exceed their share. */
  #evictOne(): void {
    const requests = this.#history.filter(({ name }) => name === 'request').length;
    const oldest =
      requests > HISTORY_REQUESTS_MAX ? this.#history.findIndex(({ name }) => name === 'request') : 0;
    this.#history.splice(oldest, 1);
  }

  /** The number in an id of this run; 0, which precedes all events, for any other id. */
  #numberOf(id: string): number {
    const [runId, number] = [id.slice(0, id.lastIndexOf('-')), id.slice(id.lastIndexOf('-') + 1)];
    return runId === this.#runId && /^\d{1,15}$/.test(number) ? Number(number) : 0;
  }

  #textOf(event: PublishedEvent): string {
    event.text ??= `id: ${this.#runId}-${event.number}\nevent: ${event.name}\ndata: ${JSON.stringify(event.data)}\n\n`;
    return event.text;
  }
}
