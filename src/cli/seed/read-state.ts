import type { GatewayClient } from '../client/gateway-client.ts';
import type { AssignmentReply, ModelReply, ModelsReply, TargetReply } from '../client/replies.ts';
import { modelText } from '../output/target-text.ts';
import type { CheckedProvider } from './check-providers.ts';
import type { Aim, Candidate, Wish } from './choose.ts';
import { LANE_OF_AIM } from './interaction-types.ts';

/** What `GET /api/v1/llm/config` shows of a node. */
export interface NodeConfigReply extends TargetReply {
  readonly temperature: number | null;
  readonly fallbacks: readonly string[];
}

/** What a gateway has, as far as a choice depends on it. */
export interface SeedState {
  readonly generation: number;
  readonly nodes: Readonly<Record<string, NodeConfigReply>>;
  readonly assignments: Readonly<Record<string, AssignmentReply>>;
  /** Nodes whose temperature the configuration sets, whether or not they have an override. */
  readonly withTemperature: ReadonlySet<string>;
  /** Models that can be used now. */
  readonly candidates: readonly Candidate[];
  /** What the configuration wants for a node. */
  wish(node: string, aim: Aim): Omit<Wish, 'earlier'>;
  /** Why a model is no candidate, in words. */
  whyNot(id: string): string;
}

interface ConfigReply {
  readonly default_lane?: string;
  readonly models?: Readonly<Record<string, ModelConfig>>;
  readonly lanes?: Readonly<Record<string, LaneConfig>>;
}

interface ModelConfig {
  readonly fallbacks?: readonly string[];
  /** `2026-08-16`. */
  readonly retired_at?: string;
  /** US dollars for a million tokens. */
  readonly price?: { readonly input?: number; readonly output?: number };
}

interface LaneConfig {
  readonly preferred?: readonly string[];
  readonly cloud_fallback?: readonly string[];
}

/** `GET /api/debug/config?explain=1`, of nodes. */
interface ExplainedReply {
  readonly nodes?: Readonly<
    Record<string, { readonly params?: { readonly temperature?: { readonly layer: string } } }>
  >;
}

interface ListedModels {
  readonly models: readonly { readonly model_id: string; readonly capabilities: Capabilities }[];
}

type Capabilities = Readonly<Record<string, unknown>>;

/** Statuses of models that a request can use now, or in a moment. */
const USABLE = ['available', 'loaded', 'loading', 'unloaded', 'cooling_down', 'breaker_open'];

/** Reads the state after the providers were checked. `now` is in ms since 1970. Throws a `CommandFault`. */
export async function readState(
  client: GatewayClient,
  providers: readonly CheckedProvider[],
  now: number,
): Promise<SeedState> {
  const [{ generation, config: nodes }, { available, assignments }, config, explained] = await Promise.all([
    client.get<{ generation: number; config: Record<string, NodeConfigReply> }>('/api/v1/llm/config'),
    client.get<ModelsReply>('/api/debug/models'),
    client.get<ConfigReply>('/api/debug/config'),
    client.get<ExplainedReply>('/api/debug/config', { explain: 1 }),
  ]);
  const known = await readCapabilities(client, providers);
  const candidates = available
    .filter((model) => isUsable(model, providers, assignments))
    .map((model) => candidateOf(model, known, config, now));
  const idOf = (written: string): string => candidateId(written, candidates);
  return {
    ...{ generation, nodes, assignments, candidates },
    withTemperature: new Set(
      Object.keys(explained.nodes ?? {}).filter((node) => isConfigured(node, explained)),
    ),
    wish: (node, aim) => {
      const configured = assignments[node]?.default;
      const id = configured === undefined || configured.lane !== null ? null : modelText(configured);
      const ofModel = config.models?.[id ?? '']?.fallbacks ?? [];
      const successors = id === null ? [] : [...(nodes[node]?.fallbacks ?? []), ...ofModel];
      return {
        aim,
        configured: id === null ? null : idOf(id),
        successors: successors.map(idOf),
        lane: laneFor(aim, config, idOf),
      };
    },
    whyNot: (id) => whyNot(id, providers, available),
  };
}

async function readCapabilities(
  client: GatewayClient,
  providers: readonly CheckedProvider[],
): Promise<ReadonlyMap<string, Capabilities>> {
  const lists = await Promise.all(
    providers
      .filter(({ usable }) => usable)
      .map(async ({ id }) => {
        const path = `/api/v1/llm/providers/${encodeURIComponent(id)}/models`;
        const { models } = await client.get<ListedModels>(path);
        return models.map((each) => [`${id}/${each.model_id}`, each.capabilities] as const);
      }),
  );
  return new Map(lists.flat());
}

/**
 * A model that is not in the list of its server counts only where there is no list, or where it has answered for a node
 * before: some servers accept names that they do not list.
 */
function isUsable(
  { provider, model_id: modelId, status }: ModelReply,
  providers: readonly CheckedProvider[],
  assignments: SeedState['assignments'],
): boolean {
  const checked = providers.find(({ id }) => id === provider);
  if (checked?.usable !== true) return false;
  if (USABLE.includes(status)) return true;
  if (status !== 'unknown') return false;
  if (checked.model_count === null) return true;
  return Object.values(assignments).some(
    ({ last_model: last }) => last?.provider === provider && last.model_id === modelId,
  );
}

function candidateOf(
  { provider, model_id: modelId, kind, speed, local }: ModelReply,
  known: ReadonlyMap<string, Capabilities>,
  config: ConfigReply,
  now: number,
): Candidate {
  const id = `${provider}/${modelId}`;
  const capabilities = known.get(id) ?? {};
  const { price, retired_at: retiredAt } = config.models?.[id] ?? {};
  const tools = capabilities['supports_tools'];
  return {
    ...{ id, kind, speed },
    supportsTools: typeof tools === 'boolean' ? tools : null,
    strength: numberOrNull(capabilities['reasoning_strength']),
    parameters: numberOrNull(capabilities['parameter_count']),
    // Three tokens are read for each one written, as in the scores of lanes.
    price: price === undefined ? (local ? 0 : null) : (3 * (price.input ?? 0) + (price.output ?? 0)) / 4,
    isRetired: retiredAt !== undefined && Date.parse(retiredAt) <= now,
  };
}

function isConfigured(node: string, { nodes }: ExplainedReply): boolean {
  const temperature = nodes?.[node]?.params?.temperature;
  return temperature !== undefined && temperature.layer !== 'override';
}

function laneFor(
  aim: Aim,
  { default_lane: usual, lanes = {} }: ConfigReply,
  idOf: (id: string) => string,
): Wish['lane'] {
  const shipped = LANE_OF_AIM[aim];
  const names = aim === 'strong' ? [shipped, usual] : [shipped];
  const name = names.find((each) => each != null && lanes[each] !== undefined) ?? null;
  if (name === null) return null;
  const { preferred = [], cloud_fallback: clouds = [] } = lanes[name] ?? {};
  return { name, models: [...preferred, ...clouds].map(idOf) };
}

/** The id of a candidate as the gateway writes it: an Ollama name without a tag is `:latest`. */
function candidateId(written: string, candidates: readonly Candidate[]): string {
  const tagged = `${written}:latest`;
  return candidates.some(({ id }) => id === tagged) ? tagged : written;
}

function whyNot(id: string, providers: readonly CheckedProvider[], available: readonly ModelReply[]): string {
  const model = available.find((each) => `${each.provider}/${each.model_id}` === id);
  const provider = providers.find((each) => id.startsWith(`${each.id}/`));
  if (provider?.reason != null) return provider.reason;
  return model?.status === 'unknown' || model === undefined
    ? `${provider?.id ?? 'its provider'} does not list it`
    : `it is ${model.status.replaceAll('_', ' ')}`;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
