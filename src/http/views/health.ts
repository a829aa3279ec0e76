import { z } from 'zod';

import { MODEL_STATUSES, modelStatus } from '../../registry/status.ts';
import type { Deferral } from '../../routing/plan.ts';
import { deferralReason } from '../../routing/reason.ts';
import { isLater } from '../../routing/target-state.ts';
import type { ModelEntry, ProviderEntry, Snapshot } from '../../routing/snapshot.ts';
import type { HttpPorts } from '../ports.ts';
import { serversSchema, serversView } from './servers.ts';
import { timeSchema } from './shapes.ts';

const providerSchema = z.object({
  provider: z.string(),
  name: z.string(),
  type: z.string(),
  base_url: z.string().nullable(),
  servers: serversSchema,
  local: z.boolean(),
  reachable: z
    .boolean()
    .nullable()
    .describe('Whether it answered its last probe or request. null: not probed yet.'),
  needs_key: z.string().nullable().describe('How to set its key; null: no key is missing.'),
  code: z.string().nullable().describe('Why all of its targets are deferred.'),
  reason: z
    .string()
    .nullable()
    .describe(
      'Why, in words. `disabled`: it is never called. `no model list` without a code: it answers, but which models it serves is unknown.',
    ),
  until: timeSchema.nullable(),
  last_probe_at: timeSchema.nullable(),
  next_probe_at: timeSchema.nullable(),
  latency_ms: z.number().nullable().describe('Duration of its last probe.'),
  models: z
    .int()
    .nullable()
    .describe('Number of its models that its server lists. null: the list has not been read yet.'),
});

const targetSchema = z.object({
  target: z.string(),
  provider: z.string(),
  model_id: z.string(),
  status: z.enum(MODEL_STATUSES),
  code: z.string().nullable().describe('Why it is deferred (tried after the others).'),
  reason: z.string().nullable(),
  breaker: z.object({
    state: z.enum(['closed', 'open', 'half_open']),
    failures: z.int().describe('Consecutive failures that count towards the breaker.'),
    until: timeSchema.nullable(),
  }),
  cooling_down_until: timeSchema.nullable(),
  last_error: z
    .object({ class: z.string(), message: z.string(), at: timeSchema })
    .nullable()
    .describe('The latest failure since its last success.'),
  latency_ms: z
    .number()
    .nullable()
    .describe('Duration of the last complete request that it answered for a node.'),
  last_at: timeSchema.nullable(),
});

/** Health of everything that requests depend on. */
export const healthSchema = z.object({
  generation: z.int(),
  state: z.object({
    available: z.boolean().describe('false: serving without state.'),
    why: z.string().nullable(),
    waiting_rows: z.int(),
    dropped_rows: z.int(),
  }),
  providers: z.array(providerSchema),
  targets: z.array(targetSchema),
});

/** Builds the reply of `GET /api/debug/health`. */
export function healthView(ports: HttpPorts): z.infer<typeof healthSchema> {
  const { snapshot } = ports.registry;
  const moment = new Moment(ports.clock.now(), ports.clock.wall());
  const { available, why, waitingRows, droppedRows } = ports.store.status();
  const latencies = targetLatencies(ports, snapshot);
  return {
    generation: snapshot.generation,
    state: { available, why, waiting_rows: waitingRows, dropped_rows: droppedRows },
    providers: [...snapshot.providers.values()].map((provider) => providerView(provider, ports, moment)),
    targets: [...snapshot.models.values()].map((model) => ({
      ...targetView(model, ports, moment),
      ...(latencies.get(model.id) ?? { latency_ms: null, last_at: null }),
    })),
  };
}

/** One point in time on both clocks, to convert monotonic ms to a time of day. */
class Moment {
  readonly now: number;
  readonly #wall: number;

  constructor(now: number, wall: number) {
    this.now = now;
    this.#wall = wall;
  }

  at(monotonic: number | null | undefined): string | null {
    if (monotonic === null || monotonic === undefined) return null;
    return new Date(this.#wall + monotonic - this.now).toISOString();
  }
}

function providerView(
  entry: ProviderEntry,
  { registry, execution, probe, engines }: HttpPorts,
  moment: Moment,
): z.infer<typeof providerSchema> {
  const { snapshot } = registry;
  const { answered, keyRefused, unreachable, noList } = execution.health.provider(entry.id);
  const refused = keyRefused !== null && isLater(keyRefused.until, moment.now) ? keyRefused : null;
  const probing = probe(entry.id);
  const listed = [...snapshot.models.values()].filter(
    ({ provider, inList }) => provider.id === entry.id && inList === true,
  );
  return {
    provider: entry.id,
    name: entry.name,
    type: entry.type,
    base_url: execution.provider(entry.id, snapshot)?.baseUrl ?? null,
    servers: serversView(entry.id, engines),
    local: entry.local,
    reachable: answered,
    needs_key: entry.missingKey,
    ...deferralView(
      refused ?? unreachable,
      moment,
      entry.disabled === true ? 'disabled' : noList ? 'no model list' : null,
    ),
    last_probe_at: moment.at(probing?.last?.at),
    next_probe_at: moment.at(probing?.nextAt),
    latency_ms: probing?.last == null ? null : Math.round(probing.last.tookMs),
    models: entry.listed ? listed.length : null,
  };
}

function targetView(
  model: ModelEntry,
  { execution: { health } }: HttpPorts,
  moment: Moment,
): Omit<z.infer<typeof targetSchema>, 'latency_ms' | 'last_at'> {
  const status = health.target(model.id, moment.now);
  const error = status?.lastError ?? null;
  const { code, reason } = deferralView(health.at(moment.now).deferral(model), moment);
  return {
    target: model.id,
    provider: model.provider.id,
    model_id: model.modelId,
    status: modelStatus(model, health, moment.now),
    code,
    reason,
    breaker: {
      state: status?.breaker ?? 'closed',
      failures: status?.failures ?? 0,
      until: moment.at(status?.breakerUntil),
    },
    cooling_down_until: moment.at(status?.pause?.until),
    last_error:
      error === null ? null : { class: error.class, message: error.summary, at: moment.at(error.at) ?? '' },
  };
}

function deferralView(
  deferral: Deferral | null,
  moment: Moment,
  otherwise: string | null = null,
): { code: string | null; reason: string | null; until: string | null } {
  if (deferral === null) return { code: null, reason: otherwise, until: null };
  return {
    code: deferral.code,
    reason: deferralReason(deferral, moment.now),
    until: moment.at(deferral.until),
  };
}

/** The last complete request of a node through each target. */
function targetLatencies(
  { registry }: HttpPorts,
  snapshot: Snapshot,
): ReadonlyMap<string, { latency_ms: number; last_at: string }> {
  const latencies = new Map<string, { latency_ms: number; last_at: string }>();
  for (const node of snapshot.nodes.keys()) {
    for (const { target, lastMs, atMs } of registry.durations.of(node)) {
      const at = new Date(atMs).toISOString();
      if ((latencies.get(target)?.last_at ?? '') < at)
        latencies.set(target, { latency_ms: lastMs, last_at: at });
    }
  }
  return latencies;
}
