import type { LedgerRow } from '../../protocol/ledger.ts';
import { requestSummary } from '../views/request-trace.ts';

/** What happens in a gateway that readers of `GET /api/events` are told (API section 5). */
export type EventName = 'switch' | 'health' | 'config' | 'discovery' | 'request' | 'pool';

/** Somebody who reads along. */
export interface EventReader {
  /** Takes one event, written out as SSE. Never throws. */
  send(event: string): void;
  /** There will be no more. */
  end(): void;
}

/** What a hub is made of. */
export interface EventHubOptions {
  /** Names this start of the gateway: the first half of event ids. */
  readonly mark: string;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
}

/** Events held for readers that come back (API section 5). */
const HELD_MAX = 200;

/** Of these at most so many `request` events, so that traffic alone never pushes a switch out. */
const HELD_REQUESTS_MAX = 50;

/** Between two `request` events: at most 4 a second (API section 5). */
const BATCH_MS = 250;

/** Requests that one `request` event tells of; further ones of the same batch are only counted. */
const BATCH_MAX = 50;

interface HeldEvent {
  readonly number: number;
  readonly name: EventName;
  readonly data: Readonly<Record<string, unknown>>;
  /** The event as SSE; null until somebody has read it. */
  text: string | null;
}

/**
 * Tells readers what happens, and holds the last 200 events for those that come back. Without readers a request
 * costs one comparison, another event one object: nothing is serialised and no timer runs.
 */
export class EventHub {
  readonly #mark: string;
  readonly #now: () => number;
  readonly #readers = new Set<EventReader>();
  readonly #held: HeldEvent[] = [];
  #last = 0;
  #closed = false;
  readonly #batch: LedgerRow[] = [];
  /** Requests of this batch that it has no room for. */
  #omitted = 0;
  #batchTimer: NodeJS.Timeout | undefined;
  #batchSentAt = -Infinity;

  constructor({ mark, now }: EventHubOptions) {
    this.#mark = mark;
    this.#now = now;
  }

  /** How many read along now. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Tells every reader. `data` must not change afterwards: it is serialised when somebody reads it. */
  publish(name: EventName, data: Readonly<Record<string, unknown>>): void {
    this.#last += 1;
    const event: HeldEvent = { number: this.#last, name, data, text: null };
    this.#held.push(event);
    if (this.#held.length > HELD_MAX) this.#forgetOne();
    for (const reader of this.#readers) reader.send(this.#textOf(event));
  }

  /** A request has ended: readers are told in batches. Nothing is collected while there are none. */
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
   * Lets somebody read along; gives the way to stop. `lastEventId` is the last event he knows (he gets what is held
   * after it), null for somebody new (he gets what happens from now on); an id of another start gives all that is held.
   */
  subscribe(lastEventId: string | null, reader: EventReader): () => void {
    if (this.#closed) {
      reader.end();
      return () => undefined;
    }
    this.#readers.add(reader);
    if (lastEventId !== null) {
      const known = this.#numberOf(lastEventId);
      for (const event of this.#held) if (event.number > known) reader.send(this.#textOf(event));
    }
    return () => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#dropBatch();
    };
  }

  /** Ends every reader's stream and takes no new ones: the gateway stops. */
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

  /** The oldest event goes; the oldest `request` event where these have more than their share. */
  #forgetOne(): void {
    const requests = this.#held.filter(({ name }) => name === 'request').length;
    const oldest = requests > HELD_REQUESTS_MAX ? this.#held.findIndex(({ name }) => name === 'request') : 0;
    this.#held.splice(oldest, 1);
  }

  /** The number in an id of this start; 0, before all events, for any other id. */
  #numberOf(id: string): number {
    const [mark, number] = [id.slice(0, id.lastIndexOf('-')), id.slice(id.lastIndexOf('-') + 1)];
    return mark === this.#mark && /^\d{1,15}$/.test(number) ? Number(number) : 0;
  }

  #textOf(event: HeldEvent): string {
    event.text ??= `id: ${this.#mark}-${event.number}\nevent: ${event.name}\ndata: ${JSON.stringify(event.data)}\n\n`;
    return event.text;
  }
}
