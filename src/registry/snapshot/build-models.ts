import type { Config, ModelConfig } from '../../config/config.ts';
import type { Capabilities, Kind } from '../../protocol/capabilities.ts';
import { formatModelId, isSameModel, parseModelId } from '../../protocol/model-id.ts';
import { kindOfId } from '../../protocol/model-kind.ts';
import type { ListedModel } from '../../providers/provider.ts';
import type { ModelEntry, ProviderEntry } from '../../routing/snapshot.ts';
import { environmentTargetId } from './environment-targets.ts';
import { knownCapabilities } from './model-capabilities.ts';
import { ModelFiles } from './model-files.ts';
import type { SnapshotParts } from './snapshot-parts.ts';

const CHAT_ABILITIES = [
  'supports_tools',
  'supports_vision',
  'supports_json_schema',
  'supports_reasoning',
] as const;
const CHAT_STRENGTHS = ['reasoning_strength', 'coding_strength', 'creativity'] as const;

/**
 * Every known model: configured, named by a lane, node or fallback, listed by its server, or a file in its provider's
 * folder. A model that its server lists under another name than the configuration uses (a llama.cpp file name) is one
 * model with both ids; where its file is known, it has the id of the file.
 */
export function buildModels(
  parts: SnapshotParts,
  providers: ReadonlyMap<string, ProviderEntry>,
): ReadonlyMap<string, ModelEntry> {
  const models = new Map<string, ModelEntry>();
  const claimed = new Set<string>();
  const byNode = kindsFromNodes(parts.config);
  const files = new ModelFiles(parts);
  const add = (written: string, provider: ProviderEntry, writtenId: string): void => {
    const modelId = files.canonical(provider.id, writtenId);
    const id = formatModelId(provider.id, modelId);
    if (models.has(id)) return;
    const known = files.find(provider.id, modelId);
    const listed = known === null ? findListed(parts, provider, modelId) : known.listed;
    if (listed !== null) claimed.add(formatModelId(provider.id, listed.id));
    const configuredId = parts.config.models[written] === undefined ? id : written;
    const found = { listed, file: known?.file ?? null };
    const kind = byNode.get(written) ?? byNode.get(id) ?? 'chat';
    models.set(id, modelEntry(id, modelId, provider, configuredId, found, parts, kind));
  };
  for (const id of namedModels(parts, providers)) {
    const { provider: providerId, modelId } = parseModelId(id) ?? { provider: '', modelId: '' };
    const provider = providers.get(providerId);
    if (provider !== undefined) add(id, provider, modelId);
  }
  for (const [providerId, modelId] of files) {
    const provider = providers.get(providerId);
    if (provider !== undefined) add(formatModelId(providerId, modelId), provider, modelId);
  }
  for (const [providerId, listing] of parts.listings) {
    const provider = providers.get(providerId);
    if (provider === undefined) continue;
    for (const listed of listing.models) {
      const id = formatModelId(providerId, listed.id);
      // A gateway that lists its own models would add a prefix to every name with each probe.
      if (models.has(id) || claimed.has(id) || listed.id.startsWith(`${providerId}/`)) continue;
      const found = { listed, file: null };
      models.set(id, modelEntry(id, listed.id, provider, id, found, parts, 'chat'));
    }
  }
  return models;
}

/** The entry of a server's list, and the file, of one model. */
interface Found {
  readonly listed: ListedModel | null;
  readonly file: ListedModel | null;
}

/** Full ids in the order of the configuration, with duplicates, then those that only overrides name. */
function* namedModels(
  parts: SnapshotParts,
  providers: ReadonlyMap<string, ProviderEntry>,
): Generator<string> {
  const { config } = parts;
  yield* Object.keys(config.models);
  for (const lane of Object.values(config.lanes)) {
    const environmentTarget = environmentTargetId(lane, parts, providers);
    if (environmentTarget !== null) yield environmentTarget;
    yield* lane.preferred;
    yield* lane.cloud_fallback;
  }
  for (const node of Object.values(config.nodes)) {
    if (node.model !== null) yield node.model;
    yield* node.fallbacks;
  }
  for (const model of Object.values(config.models)) yield* model.fallbacks;
  for (const { model } of parts.overrides) if (model !== null) yield model;
}

/** Kinds of models by the nodes that name them; chat for a model named by a lane or by nodes of different kinds. */
function kindsFromNodes({ nodes, lanes }: Config): ReadonlyMap<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const { kind, model, fallbacks } of Object.values(nodes)) {
    for (const id of [model, ...fallbacks]) {
      if (id !== null) kinds.set(id, (kinds.get(id) ?? kind) === kind ? kind : 'chat');
    }
  }
  for (const { preferred, cloud_fallback: cloud } of Object.values(lanes)) {
    for (const id of [...preferred, ...cloud]) kinds.set(id, 'chat');
  }
  return kinds;
}

function findListed(parts: SnapshotParts, provider: ProviderEntry, modelId: string): ListedModel | null {
  const models = parts.listings.get(provider.id)?.models ?? [];
  const exact = models.find(({ id }) => id === modelId);
  if (exact !== undefined || !provider.answersAnyName) return exact ?? null;
  return models.find(({ id }) => isSameModel(id, modelId)) ?? null;
}

function modelEntry(
  id: string,
  modelId: string,
  provider: ProviderEntry,
  configuredId: string,
  { listed, file }: Found,
  parts: SnapshotParts,
  nodeKind: Kind,
): ModelEntry {
  const configured: ModelConfig | null = parts.config.models[configuredId] ?? null;
  const stated = { reported: reportedOf(listed, file), file: file?.capabilities ?? {} };
  const { capabilities, sources } = knownCapabilities(configuredId, stated, parts.config);
  const retiredAt = configured?.retired_at;
  return Object.freeze({
    id,
    provider,
    ...(isRemote(modelId, provider, listed, parts) ? { remote: true as const } : null),
    modelId,
    upstreamId: listed?.id ?? modelId,
    ...(file === null ? null : { file: file.id }),
    name: configured?.name ?? listed?.name ?? file?.name ?? null,
    kind: configured?.kind ?? listed?.kind ?? file?.kind ?? inferKind(modelId, capabilities, nodeKind),
    speed: configured?.speed ?? null,
    capabilities,
    sources,
    rules: listed?.rules ?? null,
    fallbacks: configured?.fallbacks ?? [],
    params: configured?.params ?? {},
    ...priceOf(configured),
    retired: retiredAt !== undefined && retiredAt <= parts.today,
    inList: listed !== null ? true : inListOf(provider),
    status: listed?.status ?? file?.status ?? null,
    ...(listed?.slots === undefined ? null : { slots: listed.slots }),
    unseen: listed === null && file === null ? unseenBy(id, modelId, provider, parts) : null,
    environmentTargetOf: null,
  });
}

/** The configured price, if it names both parts. */
function priceOf(configured: ModelConfig | null): Pick<ModelEntry, 'price'> {
  const { price = {} } = configured ?? {};
  const inputUsdPerMtok = price['input'] ?? price['input_usd_per_mtok'];
  const outputUsdPerMtok = price['output'] ?? price['output_usd_per_mtok'];
  if (inputUsdPerMtok === undefined || outputUsdPerMtok === undefined) return {};
  return { price: Object.freeze({ inputUsdPerMtok, outputUsdPerMtok }) };
}

/** As the list shows it, else by the id. */
function isRemote(
  modelId: string,
  { id }: ProviderEntry,
  listed: ListedModel | null,
  { providers }: SnapshotParts,
): boolean {
  if (listed !== null) return listed.remote === true;
  return providers.get(id)?.settings.remoteModels?.test(modelId) === true;
}

/**
 * The kind of a model when neither the configuration nor a list states it: the kind of the nodes that name it, else by
 * its capabilities, else by its name. A chat model that also supports embeddings is a chat model.
 */
function inferKind(modelId: string, capabilities: Capabilities, nodeKind: Kind): Kind {
  if (nodeKind !== 'chat') return nodeKind;
  if (CHAT_ABILITIES.some((ability) => capabilities[ability] === true)) return 'chat';
  if (CHAT_STRENGTHS.some((strength) => capabilities[strength] !== undefined)) return 'chat';
  return capabilities.supports_embeddings === true ? 'embeddings' : (kindOfId(modelId) ?? 'chat');
}

/** Who names a model that is not on the present list of its server; null if an earlier list had it. */
function unseenBy(
  id: string,
  modelId: string,
  { id: providerId, answersAnyName, defaultTag }: ProviderEntry,
  { config, overrides, listedIds }: SnapshotParts,
): ModelEntry['unseen'] {
  if (listedIds?.has(providerId, modelId, answersAnyName) === true) return null;
  const names = config.operatorNames();
  const isTagged = defaultTag !== null && id.endsWith(defaultTag);
  const byFiles = names.has(id) || (isTagged && names.has(id.slice(0, -defaultTag.length)));
  return byFiles || [...overrides].some(({ model }) => model === id) ? 'operator' : 'shipped';
}

/** Whether the provider's list contains an unlisted model: false only if the list is complete, else null (unknown). */
function inListOf(provider: ProviderEntry): false | null {
  return provider.listed && (provider.completeList || provider.answersAnyName) ? false : null;
}

/**
 * What a server reports about a model. The memory is only that of its weights, so that the estimate by the file counts
 * where there is one.
 */
function reportedOf(listed: ListedModel | null, file: ListedModel | null): Capabilities {
  if (listed === null || file === null) return listed?.capabilities ?? {};
  const { memory_gb_estimate: _, ...rest } = listed.capabilities;
  return rest;
}
