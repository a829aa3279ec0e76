import { ApiError } from '../api/api-error.ts';
import { api } from '../api/client.ts';
import { coalesced } from '../state/coalesced.ts';
import { live } from '../state/live.svelte.ts';
import { messageOf } from '../state/loaded.svelte.ts';
import { slotsOf, startsOf, type UsageView } from './over-time.ts';
import { RANGES, startOf } from './ranges.ts';
import { DEFAULT_SELECTION, type Selection } from './selection.ts';

/** Totals are read again at most this often while requests come, in milliseconds. */
const REFRESH_MS = 5_000;
/** A request that has ended is in the ledger after this many milliseconds. */
const RECORDED_MS = 300;
/** A reading may take this share of the time at most: a ledger of a million rows takes seconds. */
const SHARE = 0.1;
/** Without requests, too, the span ends now. */
const MOVE_MS = 60_000;

/** The totals that the page shows, and what was chosen to be shown. */
class UsageData {
  selection = $state.raw<Selection>(DEFAULT_SELECTION);
  /** The last reply; null: none yet. While another is read, it stays. */
  view = $state.raw<UsageView | null>(null);
  /** Why the last reading failed; null: it did not. */
  problem = $state<string | null>(null);
  /** It failed because the gateway has no ledger now. */
  lacksLedger = $state(false);
  #isFollowed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the next reading may begin, by `performance.now()`. */
  #nextAt = 0;

  /** Whether what is shown is what was chosen. */
  readonly isCurrent = $derived(
    this.view !== null &&
      this.view.grouping === this.selection.grouping &&
      this.view.range === RANGES[this.selection.range],
  );

  /** Changes what is shown. */
  choose(change: Partial<Selection>): void {
    this.selection = { ...this.selection, ...change };
    // A reply has all values of tokens and latency.
    const needsReply = change.grouping !== undefined || change.range !== undefined;
    if (needsReply && this.#isFollowed) void this.load();
  }

  /** Reads now and while requests come, until the returned function is called. */
  follow(): () => void {
    this.#isFollowed = true;
    void this.load();
    const stopEvents = live.listen((name) => {
      if (name === 'request') this.#loadLater();
      else if (name === 'connected') void this.load();
    });
    const moving = setInterval(() => {
      this.#loadIfSeen();
    }, MOVE_MS);
    const seen = (): void => {
      this.#loadIfSeen();
    };
    document.addEventListener('visibilitychange', seen);
    return () => {
      this.#isFollowed = false;
      stopEvents();
      clearInterval(moving);
      clearTimeout(this.#timer);
      this.#timer = undefined;
      document.removeEventListener('visibilitychange', seen);
    };
  }

  /** Reads again; resolves when what it shows is at least as new as the call. */
  readonly load = coalesced(() => this.#read());

  async #read(): Promise<void> {
    const { grouping } = this.selection;
    const range = RANGES[this.selection.range];
    const started = performance.now();
    try {
      const from = new Date(startOf(range, Date.now())).toISOString();
      const usage = await api.usage({ group_by: grouping, from, bucket: range.bucket });
      const previous = this.view?.grouping === grouping ? this.view.slots : new Map<string | null, number>();
      const starts = startsOf(usage, range.bucketMs);
      this.view = { usage, grouping, range, starts, slots: slotsOf(usage.rows, previous) };
      this.problem = null;
      this.lacksLedger = false;
    } catch (error) {
      this.problem = messageOf(error);
      this.lacksLedger = error instanceof ApiError && error.code === 'store_unavailable';
    }
    const ended = performance.now();
    // The first request is shown at once.
    const isEmpty = this.view?.usage.rows.length === 0;
    this.#nextAt = ended + Math.max(isEmpty ? 0 : REFRESH_MS, (ended - started) / SHARE);
  }

  #loadLater(): void {
    const wait = Math.max(RECORDED_MS, this.#nextAt - performance.now());
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#loadIfSeen();
    }, wait);
  }

  #loadIfSeen(): void {
    if (!document.hidden) void this.load();
  }
}

/** The one selection: it stays while other pages are shown. */
export const usage = new UsageData();
