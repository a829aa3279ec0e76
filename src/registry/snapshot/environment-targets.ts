import type { LaneConfig } from '../../config/config.ts';
import { variableCase } from '../../config/environment/variables.ts';
import { NOTHING_KNOWN } from '../../protocol/capabilities.ts';
import { formatModelId, isSameModel } from '../../protocol/model-id.ts';
import type { Listing } from '../../providers/provider.ts';
import type { ModelEntry, ProviderEntry } from '../../routing/snapshot.ts';
import type { SnapshotParts } from './snapshot-parts.ts';

type EnvironmentTarget = NonNullable<LaneConfig['environment_target']>;

/** The model id of a target from the environment while its model is unknown. */
export const ANY_MODEL = '*';

/** A warning lists at most so many models of a server. */
const SHOWN_MAX = 5;

/** The target from the environment at the head of each lane's chain, by lane, and warnings for the operator. */
export interface EnvironmentTargets {
  readonly environmentTargets: ReadonlyMap<string, ModelEntry>;
  readonly warnings: readonly string[];
}

/**
 * The full id of a lane's target from the environment; null while it depends on the server's list, because no model is
 * named or the server may serve a single model under any name.
 */
export function environmentTargetId(
  { environment_target: environmentTarget }: LaneConfig,
  parts: SnapshotParts,
  providers: ReadonlyMap<string, ProviderEntry>,
): string | null {
  const provider = providers.get(environmentTarget?.provider ?? '');
  if (provider === undefined || environmentTarget === null || environmentTarget.model === null) return null;
  const listing = parts.listings.get(provider.id);
  const anyModel = listing === undefined ? provider.answersAnyName : listing.singleModel;
  return anyModel ? null : idOf(provider, environmentTarget.model);
}

/** Resolves the lanes' targets from the environment; a placeholder where the server's list is needed and not read yet. */
export function buildEnvironmentTargets(
  parts: SnapshotParts,
  providers: ReadonlyMap<string, ProviderEntry>,
  models: ReadonlyMap<string, ModelEntry>,
): EnvironmentTargets {
  const environmentTargets = new Map<string, ModelEntry>();
  const warnings: string[] = [];
  for (const [name, lane] of Object.entries(parts.config.lanes)) {
    const provider = providers.get(lane.environment_target?.provider ?? '');
    if (provider === undefined || lane.environment_target === null) continue;
    const listing = parts.listings.get(provider.id);
    const id = environmentTargetId(lane, parts, providers);
    let entry: ModelEntry | null;
    // Where its file is known, the model has the id of the file.
    if (id !== null) entry = models.get(id) ?? models.get(id.replace(/\.gguf$/i, '')) ?? null;
    else if (listing === undefined) entry = placeholder(provider, lane.environment_target.model);
    else entry = onlyModel(name, lane.environment_target, provider, listing, models, warnings);
    if (entry !== null) environmentTargets.set(name, Object.freeze({ ...entry, environmentTargetOf: name }));
  }
  return { environmentTargets, warnings };
}

/** The only model that a server lists, whatever name the environment gives it. */
function onlyModel(
  lane: string,
  { model }: EnvironmentTarget,
  provider: ProviderEntry,
  listing: Listing,
  models: ReadonlyMap<string, ModelEntry>,
  warnings: string[],
): ModelEntry | null {
  const choices = listing.singleModel
    ? listing.models
    : listing.models.filter(({ kind }) => (kind ?? 'chat') === 'chat');
  const [only, second] = choices;
  if (only === undefined || second !== undefined) {
    const found = only === undefined ? 'no model' : severalModels(lane, provider, choices);
    warnings.push(`lane "${lane}" has no target from the environment, because ${provider.id} lists ${found}`);
    return null;
  }
  if (model !== null && !isSameModel(only.id, model)) {
    warnings.push(
      `lane "${lane}": the environment names ${model}, but ${provider.id} lists ${only.id}; using ${only.id}`,
    );
  }
  return entryOf(only.id, provider, models);
}

/** How many models a server lists, the first of them, and where to name one. */
function severalModels(lane: string, { id }: ProviderEntry, models: Listing['models']): string {
  const names = models.slice(0, SHOWN_MAX).map((model) => model.id);
  const more = models.length > SHOWN_MAX ? ', …' : '';
  // A server of a lane's own variables has an id that begins so; others come from the variables of older systems.
  const variable = /^env(?:-|$)/.test(id)
    ? `LANEWAY_LANE_${variableCase(lane)}_MODEL`
    : 'the model in the environment';
  return `${models.length} models (${names.join(', ')}${more}): set ${variable} to one of them`;
}

/** The entry of a listed model, which may have the name that the configuration gives it. */
function entryOf(
  listedId: string,
  provider: ProviderEntry,
  models: ReadonlyMap<string, ModelEntry>,
): ModelEntry | null {
  const exact = models.get(formatModelId(provider.id, listedId));
  if (exact !== undefined) return exact;
  for (const model of models.values()) {
    if (model.provider.id === provider.id && model.upstreamId === listedId) return model;
  }
  return null;
}

function placeholder(provider: ProviderEntry, model: string | null): ModelEntry {
  const id = model === null ? formatModelId(provider.id, ANY_MODEL) : idOf(provider, model);
  const modelId = id.slice(provider.id.length + 1);
  return {
    id,
    provider,
    modelId,
    upstreamId: modelId,
    ...NOTHING_KNOWN,
  };
}

function idOf({ id, defaultTag }: ProviderEntry, model: string): string {
  const tag = defaultTag === null || model.includes(':') ? '' : defaultTag;
  return formatModelId(id, model + tag);
}
