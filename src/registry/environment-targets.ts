import type { LaneConfig } from '../config/config.ts';
import { NOTHING_KNOWN } from '../protocol/capabilities.ts';
import { formatModelId, isSameModel } from '../protocol/model-id.ts';
import type { Listing } from '../providers/provider.ts';
import type { ModelEntry, ProviderEntry } from '../routing/snapshot.ts';
import type { SnapshotParts } from './snapshot-parts.ts';

type EnvironmentTarget = NonNullable<LaneConfig['environment_target']>;

/** The model id that stands in a front's place while nobody can say which model it is. */
export const ANY_MODEL = '*';

/** The target that the environment puts before each lane's chain, and what about them is not as it was asked for. */
export interface EnvironmentTargets {
  readonly environmentTargets: ReadonlyMap<string, ModelEntry>;
  readonly warnings: readonly string[];
}

/**
 * The full id of a lane's front, where the environment alone says it; null where the server's list must be known
 * first: no model is given, or the server may hold one model that answers to any name (DESIGN section 3).
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

/** Finds the fronts of all lanes among the models that are there; before its list, a server's front is held a place. */
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
    if (id !== null) entry = models.get(id) ?? null;
    else if (listing === undefined) entry = placeholder(provider, lane.environment_target.model);
    else entry = onlyModel(name, lane.environment_target, provider, listing, models, warnings);
    if (entry !== null) environmentTargets.set(name, Object.freeze({ ...entry, environmentTargetOf: name }));
  }
  return { environmentTargets, warnings };
}

/** The one model that a server lists, whatever name the environment gives it. */
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
    const count = only === undefined ? 'no model' : `${choices.length} models`;
    const advice = only === undefined ? '' : ': name one in the environment';
    warnings.push(
      `lane "${lane}" has no target from the environment, since ${provider.id} lists ${count}${advice}`,
    );
    return null;
  }
  if (model !== null && !isSameModel(only.id, model)) {
    warnings.push(
      `lane "${lane}": the environment says ${model}, ${provider.id} holds ${only.id}, which is used`,
    );
  }
  return entryOf(only.id, provider, models);
}

/** A listed model may stand under the name that the configuration gives it. */
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
