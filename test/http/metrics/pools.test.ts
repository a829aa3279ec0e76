import { expect, test } from 'vitest';

import type { PoolView } from '../../../src/engines/pool/views.ts';
import { poolMetrics } from '../../../src/http/metrics/pools.ts';

const POOL: PoolView = {
  ...{
    name: 'local',
    budget_bytes: 100,
    reserve_bytes: 10,
    used_bytes: 60,
    free_bytes: 30,
    source: 'meminfo',
  },
  ...{ pressure: null, temperature_c: null, thermal: 'normal', state: 'ready', error: null, switch: null },
  burst: null,
  resident: [
    {
      ...{ model: 'llamacpp/a', state: 'loaded', bytes: 60, in_flight: 1, pinned: false },
      ...{ loaded_at: null, last_used_at: null },
    },
  ],
  waiting: [{ model: 'llamacpp/b', requests: 3, waited_ms: 5, load_ms: null, reason: null }],
};

test('a dashboard sees the memory of a pool, its models, and who waits', () => {
  const values = new Map(poolMetrics([POOL]).map((metric) => [metric.name, metric.values]));
  expect(values.get('laneway_pool_bytes')).toContainEqual({
    labels: { pool: 'local', kind: 'free' },
    value: 30,
  });
  expect(values.get('laneway_pool_model_bytes')).toEqual([
    { labels: { pool: 'local', model: 'llamacpp/a' }, value: 60 },
  ]);
  expect(values.get('laneway_pool_waiting')).toEqual([{ labels: { pool: 'local' }, value: 3 }]);
});

test('what cannot be read has no sample, instead of a zero', () => {
  const unknown = { ...POOL, budget_bytes: null, free_bytes: null };
  const metrics = poolMetrics([unknown]);
  const kinds = metrics[0]?.values.map(({ labels }) => labels['kind']);
  expect(kinds).toEqual(['reserve', 'used']);
  expect(metrics.map(({ name }) => name)).not.toContain('laneway_pool_temperature_celsius');
});

test('a gateway without local engines has no metrics of pools', () => {
  expect(poolMetrics([])).toEqual([]);
});
