import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

import type { PoolView } from '../../engines/pool/views.ts';
import type { LedgerRow } from '../../protocol/ledger.ts';
import type { Limiter } from '../../execution/admit/limiter.ts';
import type { Health } from '../../routing/health.ts';
import type { Snapshot } from '../../routing/snapshot.ts';
import type { StoreStatus } from '../../store/store.ts';
import { expose, type Exposition } from './exposition.ts';
import { delayMetric, gatewayMetrics, processMetrics, targetMetrics } from './gauges.ts';
import { limitMetrics } from './limits.ts';
import { poolMetrics } from './pools.ts';
import type { RefusedCounts } from './refused.ts';
import { Traffic } from './traffic.ts';

/** Sources of the metrics. */
export interface MetricsPorts {
  readonly version: string;
  readonly snapshot: () => Snapshot;
  readonly health: Health;
  readonly limiter: Pick<Limiter, 'status' | 'refusals'>;
  /** The memory pools of local engines. */
  readonly pools: () => readonly PoolView[];
  /** Number of requests in progress. */
  readonly running: () => number;
  readonly store: () => StoreStatus;
  /** The counter of requests that were refused before they had a trace. */
  readonly refused: Pick<RefusedCounts, 'metric'>;
  /** Monotonic ms. */
  readonly now: () => number;
}

/** Metrics for a monitoring system. Requests are counted as they end; everything else is read at the scrape. */
export class Metrics {
  readonly #ports: MetricsPorts;
  readonly #traffic: Traffic;
  // Sampled per turn of the loop: the default timer of 20 ms costs an idle process 2.3 ms/s (measured), and misses
  // delays between its ticks.
  readonly #delay = monitorEventLoopDelay({ samplePerIteration: true });

  constructor(ports: MetricsPorts) {
    this.#ports = ports;
    this.#traffic = new Traffic(ports.snapshot);
    this.#delay.enable();
  }

  /** Counts a request at its end; rows of running requests are ignored. */
  observe(row: LedgerRow): void {
    if (row.state !== 'running') this.#traffic.observe(row);
  }

  /** One scrape in Prometheus' text format. Resets the event-loop delays. */
  async text(): Promise<Exposition> {
    const { version, snapshot, health, limiter, pools, running, store, refused, now } = this.#ports;
    const delay = delayMetric(this.#delay);
    this.#delay.reset();
    return expose([
      ...this.#traffic.metrics(),
      refused.metric(),
      ...targetMetrics(snapshot(), health, now()),
      ...limitMetrics(limiter),
      ...poolMetrics(pools()),
      ...gatewayMetrics(version, snapshot().generation, running(), store()),
      delay,
      ...processMetrics(performance.timeOrigin / 1000),
    ]);
  }
}
