import type { RequestFacts, RoutingHeaders } from '../../src/protocol/facts.ts';
import { parseModelId } from '../../src/protocol/model-id.ts';
import type { HealthView, Deferral, RouteRequest } from '../../src/routing/plan.ts';
import { NO_MODEL_MEMORY } from '../../src/routing/residency.ts';
import type {
  DeepIngestRule,
  LaneEntry,
  ModelEntry,
  NodeEntry,
  ProviderEntry,
  Snapshot,
} from '../../src/routing/snapshot.ts';

const CLOUD = { connectMs: 5_000, firstTokenMs: 120_000, idleMs: 300_000, totalMs: 3_600_000 };
const DEADLINES = { ...CLOUD, local: { ...CLOUD, firstTokenMs: 600_000 } };
const QUEUE = { max: 64, waitMs: 120_000 };

/** A local provider with everything it needs, apart from `over`. */
export function providerEntry(id: string, over: Partial<ProviderEntry> = {}): ProviderEntry {
  return {
    id,
    name: id,
    type: 'openai_compatible',
    local: true,
    missingKey: null,
    listed: true,
    completeList: false,
    answersAnyName: false,
    repliesNameModel: false,
    defaultTag: null,
    ...over,
  };
}

/** What a test specifies of a snapshot; everything else is filled in. */
export interface World {
  readonly defaultLane?: string;
  readonly generation?: number;
  readonly providers?: readonly ProviderEntry[];
  /** By full id, with what differs from the default. */
  readonly models?: Readonly<Record<string, Partial<ModelEntry>>>;
  readonly lanes?: Readonly<Record<string, Partial<LaneEntry>>>;
  readonly nodes?: Readonly<Record<string, Partial<NodeEntry>>>;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly deepIngest?: DeepIngestRule;
  readonly cloud?: boolean;
}

/** Builds a snapshot. Providers that only the models name are created. */
export function snapshotOf(world: World): Snapshot {
  const providers = new Map((world.providers ?? []).map((provider) => [provider.id, provider]));
  const models = new Map<string, ModelEntry>();
  for (const [id, over] of Object.entries(world.models ?? {})) {
    const { provider: providerId, modelId } = parseModelId(id) ?? { provider: 'none', modelId: id };
    const provider = providers.get(providerId) ?? providerEntry(providerId);
    providers.set(providerId, provider);
    models.set(id, { ...model(id, modelId, provider), ...over });
  }
  const lanes = Object.entries(world.lanes ?? {}).map(([name, over]) => [name, lane(name, over)] as const);
  const nodes = Object.entries(world.nodes ?? {}).map(([name, over]) => [name, node(name, over)] as const);
  return {
    generation: world.generation ?? 1,
    defaultLane: world.defaultLane ?? 'main',
    providers,
    models,
    lanes: new Map(lanes),
    nodes: new Map(nodes),
    aliases: new Map(Object.entries(world.aliases ?? {})),
    deepIngest: world.deepIngest ?? null,
    deadlines: DEADLINES,
    queue: QUEUE,
    cloud: world.cloud ?? true,
  };
}

function model(id: string, modelId: string, provider: ProviderEntry): ModelEntry {
  return {
    id,
    provider,
    modelId,
    upstreamId: modelId,
    name: null,
    kind: 'chat',
    speed: null,
    capabilities: {},
    sources: {},
    rules: null,
    fallbacks: [],
    params: {},
    retired: false,
    inList: null,
    status: null,
    unseen: null,
    environmentTargetOf: null,
  };
}

function lane(name: string, over: Partial<LaneEntry>): LaneEntry {
  return {
    name,
    description: null,
    environmentTarget: null,
    preferred: [],
    requirements: {},
    cloudFallback: [],
    cloud: null,
    params: {},
    deadlines: DEADLINES,
    onUnanswered: 'next',
    onContentPolicy: 'stop',
    queue: QUEUE,
    override: null,
    ...over,
  };
}

function node(name: string, over: Partial<NodeEntry>): NodeEntry {
  const assignment = over.assignment ?? { model: null, lane: 'main' };
  return {
    name,
    kind: 'chat',
    description: null,
    why: null,
    assignment,
    default: assignment,
    override: null,
    fallbacks: [],
    params: {},
    cloud: null,
    ...over,
  };
}

/** A small plain chat request for `name`. */
export function ask(
  name: string | null,
  facts: Partial<RequestFacts> = {},
  headers: Partial<RoutingHeaders> = {},
): RouteRequest {
  return {
    facts: {
      model: name,
      kind: 'chat',
      stream: false,
      estimatedTokens: 10,
      maxOutputTokens: null,
      sizeBytes: 100,
      needs: [],
      ...facts,
    },
    headers: { node: null, lane: null, hints: [], noFallback: false, ...headers },
  };
}

/** Nothing is deferred. */
export const allHealthy: HealthView = { ...NO_MODEL_MEMORY, deferral: () => null };

/** Only these targets are deferred. */
export function deferralsOf(deferrals: Readonly<Record<string, Deferral['code']>>): HealthView {
  return {
    ...NO_MODEL_MEMORY,
    deferral: (target) => {
      const code = deferrals[target.id];
      return code === undefined ? null : { code, cause: 'was deferred by the test', since: 0, until: null };
    },
  };
}
