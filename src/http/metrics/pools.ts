import type { PoolView } from '../../engines/pool/views.ts';
import type { Metric, Sample } from './exposition.ts';

/** The memory pools of local engines; empty where there are none. What is unknown has no sample. */
export function poolMetrics(pools: readonly PoolView[]): Metric[] {
  if (pools.length === 0) return [];
  const memory = pools.flatMap((pool) => [
    ...bytes(pool.name, 'budget', pool.budget_bytes),
    ...bytes(pool.name, 'reserve', pool.reserve_bytes),
    ...bytes(pool.name, 'used', pool.used_bytes),
    ...bytes(pool.name, 'free', pool.free_bytes),
  ]);
  const resident = pools.flatMap((pool) =>
    pool.resident.map((model) => sample({ pool: pool.name, model: model.model }, model.bytes)),
  );
  const waiting = pools.map((pool) =>
    sample(
      { pool: pool.name },
      pool.waiting.reduce((sum, { requests }) => sum + requests, 0),
    ),
  );
  const switching = pools.map((pool) => sample({ pool: pool.name }, pool.switch === null ? 0 : 1));
  return [
    gauge('laneway_pool_bytes', 'Memory of a pool: budget, reserve, used, free.', memory),
    gauge('laneway_pool_model_bytes', 'Memory of each model that is loaded or moving.', resident),
    gauge('laneway_pool_waiting', 'Requests that wait for a model to be loaded.', waiting),
    gauge('laneway_pool_switching', '1 while a switch runs.', switching),
    ...temperature(pools),
  ].filter(({ values }) => values.length > 0);
}

function temperature(pools: readonly PoolView[]): Metric[] {
  const values = pools.flatMap(({ name, temperature_c: celsius }) =>
    celsius === null ? [] : [sample({ pool: name }, celsius)],
  );
  return [gauge('laneway_pool_temperature_celsius', 'The highest temperature that is read.', values)];
}

function bytes(pool: string, kind: string, value: number | null): Sample[] {
  return value === null ? [] : [sample({ pool, kind }, value)];
}

function sample(labels: Sample['labels'], value: number): Sample {
  return { labels, value };
}

function gauge(name: string, help: string, values: readonly Sample[]): Metric {
  return { name, help, type: 'gauge', values };
}
