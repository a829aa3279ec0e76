import type { Metric as PromMetric } from 'prom-client';

import type { Buckets } from './series.ts';

/** One value with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Only where it differs from the metric's: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** One metric with its current values. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly Sample[];
}

/** Reply to a scrape. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** Writes metrics in Prometheus' text format. */
export async function expose(metrics: readonly Metric[]): Promise<Exposition> {
  // Loaded at the first scrape rather than at start: it blocks the event loop for about 35 ms, once.
  const { Registry } = await import('prom-client');
  const registry = new Registry();
  // A registry only calls `get`, so the counts need not live in the library's own classes.
  for (const metric of metrics)
    registry.registerMetric({ ...metric, get: () => metric } as unknown as PromMetric);
  return { contentType: registry.contentType, body: await registry.metrics() };
}

/** The samples of one histogram, with cumulative buckets as the format requires. */
export function histogramSamples(
  name: string,
  labels: Readonly<Record<string, string>>,
  { bounds, counts, sum }: Buckets,
): Sample[] {
  const samples: Sample[] = [];
  let total = 0;
  for (const [index, count] of counts.entries()) {
    total += count;
    const bound = bounds[index];
    const le = bound === undefined ? '+Inf' : String(bound);
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: total });
  }
  samples.push({ metricName: `${name}_sum`, labels, value: sum });
  samples.push({ metricName: `${name}_count`, labels, value: total });
  return samples;
}
