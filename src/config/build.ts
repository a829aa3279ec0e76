import { createHash } from 'node:crypto';
import { parseModelId } from '../protocol/model-id.ts';
import type { Check } from './validate/check.ts';
import type {
  Config,
  DeadlineSeconds,
  DeepIngestConfig,
  LaneConfig,
  LedgerConfig,
  ModelConfig,
  NodeConfig,
  ProviderConfig,
} from './config.ts';
import type { ConfigContent } from './effective.ts';
import { canonicalJson, valueAt } from './files/json.ts';
import type { Layer } from './layers.ts';
import { nameWarnings } from './name-warnings.ts';
import { operatorNames } from './operator-names.ts';
import { leafOrigins } from './origins.ts';
import { displacedNodeWarnings, removedReferenceWarnings } from './removed-references.ts';
import { unusedModelWarnings } from './unused-models.ts';
import { valueWarnings } from './value-warnings.ts';
import { DEFAULT_LANE, nodeKind } from './validate/references.ts';
import { startPortWarnings } from './validate/start-port.ts';
import type { FileConfig, FileLane, FileModel, FileNode } from './schema/schema.ts';

const DEADLINES: DeadlineSeconds = { connect_s: 5, first_token_s: null, idle_s: 300, total_s: 3600 };

const LEDGER: LedgerConfig = { retention_days: 30, max_rows: 1_000_000 };

/** Inputs of `buildConfig` besides the checked files. */
export interface BuildParts {
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  /** Targets set by environment variables, by lane. */
  readonly environmentTargets: ReadonlyMap<string, LaneConfig['environment_target']>;
  /** Weakest first; used to look up where a value came from. */
  readonly layers: readonly Layer[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

/** Builds the effective configuration from files without faults, and freezes it. */
export function buildConfig(check: Check, parts: BuildParts): Config {
  const { providers, environmentTargets, layers } = parts;
  const { $schema: _schema, ...file } = check.file;
  const isKept = keepsProvider(check.removedProviders);
  const defaultLane = file.default_lane ?? DEFAULT_LANE;
  const deadlines = { ...DEADLINES, ...file.defaults.deadlines };
  // A default lane that no file defines is empty: any installed local model may serve it.
  const lanes: Record<string, FileLane> = { ...file.lanes };
  lanes[defaultLane] ??= EMPTY_LANE;
  const displaced = Object.entries(file.nodes).filter(
    ([, node]) => node.model !== undefined && !isKept(node.model),
  );
  const content: ConfigContent = {
    ...file,
    default_lane: defaultLane,
    runtime_switching: file.runtime_switching ?? true,
    aliases: resolveAliases(file, isKept),
    providers,
    models: mapValues(filterKeys(file.models, isKept), (model) => buildModel(model, isKept)),
    lanes: mapValues(lanes, (lane, name) =>
      buildLane(lane, deadlines, isKept, environmentTargets.get(name) ?? null),
    ),
    nodes: mapValues(file.nodes, (node, name) => buildNode(name, node, defaultLane, isKept)),
    rules: { deep_ingest: buildDeepIngest(file) },
    defaults: { ...file.defaults, deadlines },
    ledger: { ...LEDGER, ...file.ledger },
  };
  const moved = displaced.map(([name, node]) => ({ name, isChat: nodeKind(name, node) === 'chat' }));
  return freeze({
    ...content,
    fingerprint: fingerprint(content, check.types),
    origins: () => leafOrigins(content, layers),
    operatorNames: operatorNames(layers, environmentTargets.values()),
    warnings: [
      ...parts.warnings,
      ...displacedNodeWarnings(moved, defaultLane),
      ...removedReferenceWarnings(file, layers, isKept),
      ...unusedModelWarnings(content, layers),
      ...nameWarnings(file, defaultLane, layers),
      ...valueWarnings(content, layers),
      ...startPortWarnings(content.providers),
    ],
    notes: [...parts.notes, ...lanesWithoutTargets(content, layers)],
  });
}

/** One line with the lanes of the operator's files that name no target; an empty default lane needs none. */
function lanesWithoutTargets({ lanes, default_lane }: ConfigContent, layers: readonly Layer[]): string[] {
  const empty = Object.entries(lanes).filter(([name, { preferred, cloud_fallback, environment_target }]) => {
    const origin = layers.findLast(({ values }) => valueAt(values, ['lanes', name]) !== undefined);
    if (origin === undefined || origin.shipped || name === default_lane) return false;
    return preferred.length + cloud_fallback.length === 0 && environment_target === null;
  });
  if (empty.length === 0) return [];
  const names = empty.map(([name]) => `lanes.${name}`).join(', ');
  return [
    `without a model under "preferred" or "cloud_fallback": ${names}; any installed local model that meets the requirements serves them, else lane ${default_lane}`,
  ];
}

/** Default addresses of types are excluded: the demo server has a different port at each start. */
function fingerprint(content: ConfigContent, types: Check['types']): string {
  const defaultUrls = new Map(types.map(({ type, defaultBaseUrl }) => [type, defaultBaseUrl]));
  const providers = mapValues(content.providers, ({ base_url, ...provider }) =>
    base_url === defaultUrls.get(provider.type) ? provider : { ...provider, base_url },
  );
  return createHash('sha256')
    .update(canonicalJson({ ...content, providers }))
    .digest('hex');
}

type IsKept = (modelId: string) => boolean;

const EMPTY_LANE: FileLane = {
  preferred: [],
  requirements: {},
  cloud_fallback: [],
  params: {},
  deadlines: {},
  on_unanswered: 'next',
  on_content_policy: 'stop',
};

/** Whether the provider of a model was not removed. */
function keepsProvider(removedProviders: ReadonlySet<string>): IsKept {
  return (id) => {
    const parts = parseModelId(id);
    return parts === null || !removedProviders.has(parts.provider);
  };
}

/** Resolves each target to `node:NAME`, `lane:NAME` or a model id; drops aliases of removed models. */
function resolveAliases(
  file: Pick<FileConfig, 'aliases' | 'nodes' | 'lanes'>,
  isKept: IsKept,
): Record<string, string> {
  const entries = Object.entries(file.aliases).flatMap(([alias, target]) => {
    if (/^(node|lane):/.test(target)) return [[alias, target]];
    if (Object.hasOwn(file.nodes, target)) return [[alias, `node:${target}`]];
    if (Object.hasOwn(file.lanes, target)) return [[alias, `lane:${target}`]];
    return isKept(target) ? [[alias, target]] : [];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

function buildModel(model: FileModel, isKept: IsKept): ModelConfig {
  // Synonyms were renamed before the merge; this removes them from the type.
  const {
    quantization_level: _1,
    model_size: _2,
    supports_function_calling: _3,
    ...capabilities
  } = model.capabilities;
  return { ...model, capabilities, fallbacks: model.fallbacks.filter(isKept) };
}

function buildLane(
  lane: FileLane,
  deadlines: DeadlineSeconds,
  isKept: IsKept,
  environmentTarget: LaneConfig['environment_target'],
): LaneConfig {
  const { supports_function_calling: _1, ...requirements } = lane.requirements;
  return {
    ...lane,
    requirements,
    preferred: lane.preferred.filter(isKept),
    cloud_fallback: lane.cloud_fallback.filter(isKept),
    deadlines: { ...deadlines, ...lane.deadlines },
    environment_target: environmentTarget,
  };
}

function buildNode(name: string, node: FileNode, defaultLane: string, isKept: IsKept): NodeConfig {
  const model = node.model !== undefined && isKept(node.model) ? node.model : null;
  const lane = model === null ? (node.lane ?? defaultLane) : null;
  return { ...node, kind: nodeKind(name, node), model, lane, fallbacks: node.fallbacks.filter(isKept) };
}

function buildDeepIngest(file: Pick<FileConfig, 'rules'>): DeepIngestConfig | null {
  const rule = file.rules.deep_ingest;
  if (rule?.lane === undefined) return null;
  return {
    lane: rule.lane,
    over_tokens: rule.over_tokens ?? null,
    over_bytes: rule.over_bytes ?? null,
    repositories: rule.repositories,
  };
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

function filterKeys<Value>(record: Readonly<Record<string, Value>>, keep: IsKept): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => keep(key)));
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}
