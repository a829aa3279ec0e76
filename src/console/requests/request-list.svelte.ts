import { api } from '../api/client.ts';
import type { RequestSummary } from '../api/types.ts';
import { Action } from '../state/action.svelte.ts';
import { coalesced } from '../state/coalesced.ts';
import type { EventName } from '../state/live.svelte.ts';
import { NO_FILTERS, type Filters } from './filters.ts';

/** More would slow the page down while thousands pass. */
const SHOWN_MAX = 200;

/** What was applied last: it stays while other pages are shown. */
let lastApplied = NO_FILTERS;

/** A `request` event. */
interface RequestEvent {
  readonly requests: readonly RequestSummary[];
  /** How many more have ended; absent: none. */
  readonly omitted?: number;
}

/** The requests that match the filters, newest first: read once, then kept current by events unless paused. */
export class RequestList {
  shown = $state.raw<readonly RequestSummary[]>([]);
  /** Cursor of the next older page; null: none. */
  next = $state<string | null>(null);
  isLoaded = $state(false);
  /** Requests since the last reading that ended in too quick succession to be sent one by one. */
  omitted = $state(0);
  paused = $state(false);
  /** The filters of what is shown. */
  applied = $state.raw<Filters>(lastApplied);
  readonly reading = new Action();
  readonly paging = new Action();

  /** Reads the newest again. */
  readonly load = coalesced(async () => {
    await this.reading.run(async () => {
      const page = await api.requests({ ...this.applied, limit: '50' });
      this.shown = page.requests;
      this.next = page.next;
      this.omitted = 0;
      this.isLoaded = true;
    });
  });

  /** Appends older requests, and pauses: rows that are read must not move. */
  async older(): Promise<void> {
    this.paused = true;
    const before = this.next;
    await this.paging.run(async () => {
      const page = await api.requests({ ...this.applied, limit: '50', before: before ?? '' });
      // The list was reloaded meanwhile: this page does not follow it.
      if (this.next !== before) return;
      this.shown = [...this.shown, ...page.requests];
      this.next = page.next;
    });
  }

  /** Reads what matches `filters`. */
  filter(filters: Filters): Promise<void> {
    lastApplied = filters;
    this.applied = filters;
    return this.load();
  }

  /** Pauses, or continues: reads the requests that ended meanwhile. */
  toggle(): void {
    this.paused = !this.paused;
    if (!this.paused) void this.load();
  }

  /** Takes an event of the gateway. */
  onEvent(name: EventName, data: unknown): void {
    if (this.paused) return;
    if (name === 'connected') void this.load();
    if (name !== 'request') return;
    const { requests: ended, omitted = 0 } = data as RequestEvent;
    this.omitted += omitted;
    const fresh = new Map(
      ended
        .filter((request) => this.#matches(request))
        .reverse()
        .map((request) => [request.id, request]),
    );
    if (fresh.size === 0) return;
    const all = [...fresh.values(), ...this.shown.filter(({ id }) => !fresh.has(id))];
    this.shown = all.slice(0, SHOWN_MAX);
    // Older pages follow the last row; the cursor is its id.
    if (all.length > SHOWN_MAX) this.next = this.shown.at(-1)?.id ?? null;
  }

  #matches(request: RequestSummary): boolean {
    return (Object.keys(this.applied) as (keyof Filters)[]).every(
      (name) => this.applied[name] === '' || request[name] === this.applied[name],
    );
  }
}
