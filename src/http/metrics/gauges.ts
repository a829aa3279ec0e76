import type { monitorEventLoopDelay } from 'node:perf_hooks';

import type { Health } from '../../routing/health.ts';
import type { Snapshot } from '../../routing/snapshot.ts';
import type { StoreStatus } from '../../store/store.ts';
import type { Metric, Sample } from './exposition.ts';
import { OTHER } from './series.ts';

/** Limit of deferred targets listed by name; a cloud provider that is down may have hundreds. */
const DEFERRED_MAX = 200;

/** The targets that are currently deferred, and the providers that respond. `now` is monotonic ms. */
export function targetMetrics(snapshot: Snapshot, health: Health, now: number): Metric[] {
  const view = health.at(now);
  const deferrals: Sample[] = [];
  let more = 0;
  for (const model of snapshot.models.values()) {
    const deferral = view.deferral(model);
    if (deferral === null) continue;
    if (deferrals.length < DEFERRED_MAX)
      deferrals.push({ labels: { target: model.id, code: deferral.code }, value: 1 });
    else more += 1;
  }
  if (more > 0) deferrals.push({ labels: { target: OTHER, code: OTHER }, value: more });
  const up: Sample[] = [];
  for (const provider of snapshot.providers.keys()) {
    const { answered, unreachable } = health.provider(provider);
    if (answered !== null) up.push({ labels: { provider }, value: answered && unreachable === null ? 1 : 0 });
  }
  return [
    gauge(
      'laneway_target_deferred',
      'Deferred targets (tried after all others) and why; absent: none.',
      deferrals,
    ),
    gauge(
      'laneway_provider_up',
      'Whether the server answered its last probe or request; absent: unknown.',
      up,
    ),
  ];
}

/** State of the gateway itself. */
export function gatewayMetrics(
  version: string,
  generation: number,
  running: number,
  store: StoreStatus,
): Metric[] {
  return [
    gauge('laneway_build_info', 'The version.', [{ labels: { version }, value: 1 }]),
    single('laneway_generation', 'Generation of the configuration and assignments in effect.', generation),
    single('laneway_requests_running', 'Requests in progress.', running),
    single('laneway_state_available', '0: serving without state.', store.available ? 1 : 0),
    single('laneway_ledger_rows_waiting', 'Ledger rows not written yet.', store.waitingRows),
    {
      name: 'laneway_ledger_rows_dropped_total',
      help: 'Ledger rows that were dropped.',
      type: 'counter',
      values: [{ labels: {}, value: store.droppedRows }],
    },
  ];
}

/** Resource usage of the process, under the names that common dashboards expect. */
export function processMetrics(startedAtS: number): Metric[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return [
    {
      name: 'process_cpu_seconds_total',
      help: 'CPU time used, user and system.',
      type: 'counter',
      values: [{ labels: {}, value: (user + system) / 1e6 }],
    },
    single('process_start_time_seconds', 'Start time of the process, in seconds since 1970.', startedAtS),
    single('process_resident_memory_bytes', 'Resident memory.', rss),
    single('nodejs_heap_size_used_bytes', 'JavaScript heap in use.', heapUsed),
  ];
}

/** Event-loop delay since the last scrape. */
export function delayMetric(delay: ReturnType<typeof monitorEventLoopDelay>): Metric {
  const values = [0.5, 0.99, 1].map((quantile) => ({
    labels: { quantile: String(quantile) },
    value: delay.count === 0 ? 0 : (quantile === 1 ? delay.max : delay.percentile(quantile * 100)) / 1e9,
  }));
  return gauge('laneway_event_loop_delay_seconds', 'Delay of the event loop since the last scrape.', values);
}

function gauge(name: string, help: string, values: readonly Sample[]): Metric {
  return { name, help, type: 'gauge', values };
}

function single(name: string, help: string, value: number): Metric {
  return gauge(name, help, [{ labels: {}, value }]);
}
