import type { Ledger } from '../execution/record/recorder.ts';
import type { EventHub } from '../http/events/event-hub.ts';
import type { Metrics } from '../http/metrics/metrics.ts';
import type { RecentTraffic } from '../http/metrics/recent-traffic.ts';
import type { LedgerRow } from '../protocol/ledger.ts';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';

/** Where the rows of requests go. */
interface LedgerParts {
  readonly store: Store;
  readonly registry: Registry;
  readonly metrics: Metrics;
  readonly recent: RecentTraffic;
  readonly events: EventHub;
}

/** Records each row in the store, metrics, statistics and events, and the durations of nodes and lanes in the registry. */
export function ledger({ store, registry, metrics, recent, events }: LedgerParts): Ledger {
  return {
    record: (row: LedgerRow) => {
      store.record(row);
      metrics.observe(row);
      recent.observe(row);
      events.publishRequest(row);
      const { node, lane, target, durationMs, startedMs } = row;
      if (row.state !== 'settled' || target === null || durationMs === null) return;
      const last = { target, lastMs: Math.round(durationMs), atMs: startedMs };
      if (node !== null) registry.durations.record({ node, ...last });
      if (lane !== null) registry.durations.record({ node: `lane:${lane}`, ...last });
    },
  };
}
