import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

import type { LedgerRow } from '../../protocol/ledger.ts';
import type { Health } from '../../routing/health.ts';
import type { Snapshot } from '../../routing/snapshot.ts';
import type { StoreStatus } from '../../store/store.ts';
import { expose, type Exposition } from './exposition.ts';
import { delayMetric, gatewayMetrics, processMetrics, targetMetrics } from './gauges.ts';
import { Traffic } from './traffic.ts';

/** What the metrics are read from. */
export interface MetricsPorts {
  readonly version: string;
  readonly snapshot: () => Snapshot;
  readonly health: Health;
  /** Requests that run now. */
  readonly running: () => number;
  readonly store: () => StoreStatus;
  /** Monotonic ms. */
  readonly now: () => number;
}

/** What a monitoring system reads: counted as requests end, the rest looked up at the scrape. */
export class Metrics {
  readonly #ports: MetricsPorts;
  readonly #traffic: Traffic;
  // By turns of the loop: its timer of 20 ms costs an idle process 2.3 ms/s, and misses what lies between (measured).
  readonly #delay = monitorEventLoopDelay({ samplePerIteration: true });

  constructor(ports: MetricsPorts) {
    this.#ports = ports;
    this.#traffic = new Traffic(ports.snapshot);
    this.#delay.enable();
  }

  /** Counts a request at its end; a row of one that still runs is no end. */
  observe(row: LedgerRow): void {
    if (row.state !== 'running') this.#traffic.observe(row);
  }

  /** One scrape in Prometheus' text format. The event loop's delays begin anew with it. */
  async text(): Promise<Exposition> {
    const { version, snapshot, health, running, store, now } = this.#ports;
    const delay = delayMetric(this.#delay);
    this.#delay.reset();
    return expose([
      ...this.#traffic.metrics(),
      ...targetMetrics(snapshot(), health, now()),
      ...gatewayMetrics(version, snapshot().generation, running(), store()),
      delay,
      ...processMetrics(performance.timeOrigin / 1000),
    ]);
  }
}
