import { z } from 'zod';

import type { ProviderConfig } from '../../config/config.ts';
import { MODEL_STATUSES, modelStatus } from '../../registry/status.ts';
import type { HttpPorts } from '../ports.ts';
import { PROVIDER_STATUSES, providerStatus } from './model-bar.ts';
import { serversSchema, serversView } from './servers.ts';
import { timeSchema } from './shapes.ts';

/** A provider as the configuration service shows it. */
export const providerSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  base_url: z.string(),
  servers: serversSchema,
  local: z.boolean(),
  enabled: z.boolean(),
  source: z
    .enum(['file', 'database', 'environment'])
    .describe('The strongest of the places that define it: environment, database, files.'),
  key: z.object({
    set: z.boolean().describe('Whether there is a key. It is never shown.'),
    from: z
      .string()
      .nullable()
      .describe('`env:NAME` or `secret:NAME`; `secret:provider:ID` for a key that a call has set.'),
  }),
  status: z.enum(PROVIDER_STATUSES),
  status_detail: z.string().nullable().describe('Why it is not available, in words.'),
  validated_at: timeSchema.nullable().describe('When it was last checked by a call.'),
  model_count: z.int().nullable().describe('Models in its list. null: the list has not been read.'),
  created_at: timeSchema.nullable().describe('Of the entry in the database; null without one.'),
  updated_at: timeSchema.nullable(),
});

/** The models of a provider. */
export const providerModelsSchema = z.object({
  models: z.array(
    z.object({
      model_id: z.string(),
      name: z.string(),
      status: z.enum(MODEL_STATUSES),
      capabilities: z.record(z.string(), z.unknown()).describe('Known capabilities.'),
      sources: z.record(z.string(), z.string()).describe('Where each value came from.'),
    }),
  ),
  fetched_at: timeSchema.nullable().describe('When the list of its server was last read; null: never.'),
  error: z
    .object({ code: z.string(), message: z.string() })
    .nullable()
    .describe('With `refresh`: why the list could not be read again.'),
});

/** Keys of a provider that variables may set. */
const FROM_ENVIRONMENT = ['type', 'base_url', 'api_key', 'name', 'local', 'enabled'];

/** Formats one configured provider. `layerOf` is that of the configuration. */
export function providerView(
  id: string,
  provider: ProviderConfig,
  layerOf: (path: readonly string[]) => string,
  ports: HttpPorts,
): z.infer<typeof providerSchema> {
  const { providerRecords: records, configuration } = ports;
  const { createdAt, updatedAt, validatedAt } = records.times(id);
  const isEnvironment = FROM_ENVIRONMENT.some((key) => layerOf(['providers', id, key]) === 'environment');
  const isStored = Object.hasOwn(configuration.stored.providers, id);
  return {
    id,
    name: provider.name,
    type: provider.type,
    base_url: provider.base_url,
    servers: serversView(id, ports.engines),
    local: provider.local,
    enabled: provider.enabled,
    source: isEnvironment ? 'environment' : isStored ? 'database' : 'file',
    key: { set: records.hasKey(provider.api_key), from: provider.api_key ?? null },
    ...statusOf(id, ports),
    validated_at: validatedAt,
    model_count: records.modelCount(id),
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

function statusOf(
  id: string,
  { registry, execution, clock, providerRecords }: HttpPorts,
): Pick<z.infer<typeof providerSchema>, 'status' | 'status_detail'> {
  const entry = registry.snapshot.providers.get(id);
  if (entry === undefined) return { status: 'unknown', status_detail: null };
  const status = providerStatus(entry, execution.health, clock.now());
  const { keyRefused, unreachable, noList } = execution.health.provider(id);
  const problem = (keyRefused ?? unreachable)?.cause ?? null;
  const details = {
    available: noList ? 'no model list' : null,
    needs_key: entry.missingKey ?? problem,
    disabled: status === 'disabled' ? providerRecords.disabledBy(id) : null,
    unreachable: problem,
    unknown: null,
  };
  return { status, status_detail: details[status] };
}

/** Formats the known models of a provider; those that only the shipped configuration names are left out. */
export function providerModelsView(
  id: string,
  error: z.infer<typeof providerModelsSchema>['error'],
  { registry, execution, clock, probe }: HttpPorts,
): z.infer<typeof providerModelsSchema> {
  const now = clock.now();
  const listedAt = probe(id)?.listedAt ?? null;
  const models = [...registry.snapshot.models.values()].filter(
    ({ provider, unseen }) => provider.id === id && unseen !== 'shipped',
  );
  return {
    models: models.map((model) => ({
      model_id: model.modelId,
      name: model.name ?? model.modelId,
      status: modelStatus(model, execution.health, now),
      capabilities: { ...model.capabilities },
      sources: { ...model.sources },
    })),
    fetched_at: listedAt === null ? null : new Date(listedAt).toISOString(),
    error,
  };
}
