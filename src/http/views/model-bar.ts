import { z } from 'zod';

import type { PoolView } from '../../engines/pool/views.ts';
import { MODEL_STATUSES, modelStatus } from '../../registry/status.ts';
import type { Health } from '../../routing/health.ts';
import { findModel } from '../../routing/name.ts';
import type { ModelEntry, ProviderEntry, Snapshot } from '../../routing/snapshot.ts';
import { laneModel, type AssignmentSources } from './assignment.ts';
import { timeSchema } from './shapes.ts';
import { modelSize, modelSizeShape } from './model-size.ts';

/** Statuses of providers; a rejected key counts as a missing one. */
export const PROVIDER_STATUSES = ['available', 'needs_key', 'disabled', 'unreachable', 'unknown'] as const;

const activeSchema = z
  .object({ provider: z.string(), model: z.string() })
  .nullable()
  .describe(
    'The model that the default lane was switched to, else the one that it would select now; null: none.',
  );

/** Reply of `GET /api/models`. */
export const modelBarSchema = z.object({
  active: activeSchema,
  switching: z
    .object({
      switch_id: z.string(),
      provider: z.string(),
      model: z.string(),
      from: z.string().nullable().describe('Full id of the model that makes room.'),
      state: z.string(),
      progress: z.number(),
      started_at: timeSchema,
    })
    .nullable()
    .describe('The model that an engine is loading now.'),
  providers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      type: z.string(),
      status: z.enum(PROVIDER_STATUSES),
      models: z
        .array(
          z.object({
            ...{ id: z.string(), name: z.string(), status: z.enum(MODEL_STATUSES), active: z.boolean() },
            context_length: z.int().optional().describe('Tokens; absent: unknown.'),
            ...modelSizeShape,
          }),
        )
        .describe('Chat models, configured, listed by the server, or in its `models_dir`.'),
    }),
  ),
});

/** Reply of `GET /api/capabilities`. */
export const capabilitiesSchema = z.object({
  provider: z.string().nullable(),
  model: z.string().nullable(),
  capabilities: z.record(z.string(), z.unknown()).describe('Known capabilities; unknown ones are omitted.'),
  sources: z.record(z.string(), z.string()).describe('Where each value came from.'),
});

/** The model that serves requests naming none: the default lane's override, else the lane's first target. */
export function activeModel(sources: AssignmentSources): ModelEntry | null {
  const { snapshot } = sources;
  const override = snapshot.lanes.get(snapshot.defaultLane)?.override ?? null;
  return override === null ? laneModel(snapshot.defaultLane, sources) : findModel(override.model, snapshot);
}

/** Builds the reply of `GET /api/models`. */
export function modelBar(
  sources: AssignmentSources,
  pools: readonly PoolView[],
): z.infer<typeof modelBarSchema> {
  const { snapshot, health, now } = sources;
  const active = activeModel(sources);
  const models = [...snapshot.models.values()].filter(({ unseen }) => unseen !== 'shipped');
  // A model set by the environment is not in the snapshot until its server's list has been read.
  if (active !== null && !snapshot.models.has(active.id)) models.push(active);
  const offered = Map.groupBy(
    models.filter(({ kind }) => kind === 'chat'),
    ({ provider }) => provider.id,
  );
  return {
    active: active === null ? null : { provider: active.provider.id, model: active.modelId },
    switching: switchingView(pools, snapshot),
    providers: [...snapshot.providers.values()].map((provider) => ({
      id: provider.id,
      name: provider.name,
      type: provider.type,
      status: providerStatus(provider, health, now),
      models: (offered.get(provider.id) ?? []).map((model) => ({
        id: model.modelId,
        name: model.name ?? model.modelId,
        status: modelStatus(model, health, now),
        active: model.id === active?.id,
        ...windowOf(model),
        ...modelSize(model),
      })),
    })),
  };
}

/** The first switch that loads a model. */
function switchingView(
  pools: readonly PoolView[],
  { models }: Snapshot,
): z.infer<typeof modelBarSchema>['switching'] {
  for (const { switch: running, state } of pools) {
    const model = running?.to == null ? undefined : models.get(running.to);
    if (running === null || model === undefined) continue;
    const { switch_id, from, progress, started_at } = running;
    return {
      switch_id,
      provider: model.provider.id,
      model: model.modelId,
      from,
      state,
      progress,
      started_at,
    };
  }
  return null;
}

function windowOf({ capabilities: { context_length: window } }: ModelEntry): { context_length?: number } {
  return window === undefined ? {} : { context_length: window };
}

/** The status of a provider; `now` is monotonic ms. */
export function providerStatus(
  provider: ProviderEntry,
  health: Health,
  now: number,
): (typeof PROVIDER_STATUSES)[number] {
  if (provider.disabled === true) return 'disabled';
  if (provider.missingKey !== null) return 'needs_key';
  const { keyRefused, unreachable, answered } = health.provider(provider.id);
  if (keyRefused !== null && (keyRefused.until === null || keyRefused.until > now)) return 'needs_key';
  // A server that is loading a model is reachable; the status of its models shows the loading.
  if (unreachable !== null && unreachable.code !== 'loading') return 'unreachable';
  return answered === true ? 'available' : 'unknown';
}

/** Known capabilities of a model; empty when there is no model. */
export function capabilitiesView(model: ModelEntry | null): z.infer<typeof capabilitiesSchema> {
  if (model === null) return { provider: null, model: null, capabilities: {}, sources: {} };
  const { provider, modelId, capabilities, sources } = model;
  return {
    provider: provider.id,
    model: modelId,
    capabilities: { ...capabilities },
    sources: { ...sources },
  };
}
