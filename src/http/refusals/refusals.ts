import type { ErrorBody } from '../../protocol/errors.ts';
import type { Log } from '../../protocol/log.ts';
import type { AddressKind } from '../../util/network-address.ts';
import { RefusedCounts } from '../metrics/refused.ts';
import { OTHER } from '../metrics/series.ts';

/** Kinds of refusals that are listed; the oldest gives way. */
const LISTED_MAX = 500;
/** Paths that are logged in an hour; then one line says that there are more. */
const LOGGED_MAX = 200;
const HOUR_MS = 3_600_000;

/** Where a client's address belongs; `other`: link-local and unknown ones. */
export type ClientKind = Exclude<AddressKind, 'forbidden'> | 'other';

/** One request that was refused before it had a trace. Texts are printable and without keys. */
export interface Refusal {
  /** The `x-request-id` of its reply. */
  readonly id: string;
  /** null: the request was not readable as HTTP. */
  readonly method: string | null;
  /** Without query; null: as of `method`. */
  readonly path: string | null;
  /** The path as a label of metrics: of the code or the configuration, never of a client; null: another path. */
  readonly label: string | null;
  readonly status: number;
  readonly error: ErrorBody;
  readonly userAgent: string | null;
  readonly client: ClientKind;
}

/** RefusedRequests that are alike, as one entry. Times are ISO 8601. */
export interface RefusalEntry extends Refusal {
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** What the refusals depend on. */
export interface RefusalPorts {
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * What clients asked for and did not get, in memory: requests that were refused before they had a trace. Alike ones are
 * counted together. Everything is bounded, since callers choose paths and user agents.
 */
export class RefusedRequests {
  /** For the metrics. */
  readonly counts = new RefusedCounts();
  readonly #ports: RefusalPorts;
  /** In the order of the last request of each kind. */
  readonly #entries = new Map<string, RefusalEntry>();
  readonly #logged = new Set<string>();
  #hour = -1;
  /** Paths without a label that were logged in this hour. */
  #others = 0;

  constructor(ports: RefusalPorts) {
    this.#ports = ports;
  }

  /** Counts, lists and logs one. */
  add(refusal: Refusal): void {
    this.counts.add(refusal.label, refusal.error.code ?? OTHER);
    const wall = this.#ports.wall();
    this.#list(refusal, new Date(wall).toISOString());
    this.#log(refusal, Math.floor(wall / HOUR_MS));
  }

  /** The kinds of refusals, the one with the latest request first; `before`: only those with an earlier id. */
  list(limit: number, before: string | null): RefusalEntry[] {
    const entries = [...this.#entries.values()].reverse();
    return entries.filter(({ id }) => before === null || id < before).slice(0, limit);
  }

  #list(refusal: Refusal, at: string): void {
    const { method, path, error, userAgent, client } = refusal;
    const key = [method, path, error.code, client, userAgent].join('\n');
    const known = this.#entries.get(key);
    // Inserted again: the map keeps the order of insertion.
    this.#entries.delete(key);
    if (this.#entries.size >= LISTED_MAX) {
      const oldest = this.#entries.keys().next().value;
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    const count = (known?.count ?? 0) + 1;
    this.#entries.set(key, { ...refusal, count, firstAt: known?.firstAt ?? at, lastAt: at });
  }

  /** One line for each path and code in an hour; known paths are few, others are limited. */
  #log({ method, path, label, status, error, client, userAgent }: Refusal, hour: number): void {
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.#logged.clear();
      this.#others = 0;
    }
    const key = `${path ?? ''} ${error.code ?? ''}`;
    const isFull = label === null && this.#others > LOGGED_MAX;
    if (isFull || this.#logged.has(key)) return;
    this.#logged.add(key);
    if (label === null) this.#others += 1;
    const { log } = this.#ports;
    if (label === null && this.#others > LOGGED_MAX) {
      const text = `refused requests of more than ${LOGGED_MAX} paths in this hour; the others are not logged: GET /api/debug/requests?state=refused lists the latest`;
      log.warn({}, text);
      return;
    }
    const fields = { method, path, status, code: error.code, client, user_agent: userAgent };
    log.warn(fields, `refused a request (${status}): ${error.message}`);
  }
}
