import type { UnreadableFile } from '../../protocol/model-file.ts';
import { CommandFault } from '../exit-codes.ts';
import type { EnginesReply } from '../client/engine-replies.ts';
import type { GatewayClient } from '../client/gateway-client.ts';
import type { HealthReply, ModelsReply, RequestReply } from '../client/replies.ts';
import { ownsEntry, type ExplainedTree } from './explained-tree.ts';
import { isInstalled, type ModelState, type ProviderState } from './provider-state.ts';
import { startedEngine } from './started-engine.ts';

/** A running gateway. */
export interface GatewayView {
  readonly version: string;
  readonly uptimeS: number;
  /** What its own API shows; null: it refused to, and `refusal` has its words. */
  readonly details: GatewayDetails | null;
  readonly refusal: string | null;
}

/** What a gateway shows to its operator. */
export interface GatewayDetails {
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly reasons: readonly string[];
  readonly state: { readonly available: boolean; readonly why: string | null };
  readonly tree: ExplainedTree;
  readonly providers: readonly ProviderState[];
  /** Recent requests that were too long for every model: their ids. */
  readonly tooLong: readonly string[];
  /** Model files that cannot be used, by their providers. */
  readonly unreadable: readonly (UnreadableFile & { readonly provider: string })[];
}

interface AliveReply {
  readonly version: string;
  readonly uptime_s: number;
}

interface ProviderReply {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly base_url: string;
  /** Absent: the gateway is of an older version. */
  readonly servers?: readonly string[] | null;
  readonly local: boolean;
  readonly enabled: boolean;
  readonly key: { readonly from: string | null };
}

interface ValidationReply {
  readonly model_count: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

interface ProviderModelsReply {
  readonly models: readonly {
    readonly model_id: string;
    readonly status: string;
    readonly capabilities: { readonly context_length?: number };
  }[];
}

/** Longest waits, in ms: for a call that no server takes part in, and for a check of a provider. */
const CALL_MS = 4_000;
const CHECK_MS = 8_000;

const PROVIDERS = '/api/v1/llm/providers';
const LATEST_REQUESTS = 50;

/** Looks at the gateway of a client. Throws a `CommandFault` (6) when none answers. */
export async function viewGateway(client: GatewayClient): Promise<GatewayView> {
  const { version, uptime_s: uptimeS } = await get<AliveReply>(client, '/health');
  try {
    return { version, uptimeS, details: await readDetails(client), refusal: null };
  } catch (error) {
    if (!(error instanceof CommandFault)) throw error;
    return { version, uptimeS, details: null, refusal: error.message };
  }
}

function get<Reply>(client: GatewayClient, path: string): Promise<Reply> {
  return client.call<Reply>({ path, timeoutMs: CALL_MS });
}

async function readDetails(client: GatewayClient): Promise<GatewayDetails> {
  const [{ state }, { available }, tree, { providers }] = await Promise.all([
    get<HealthReply>(client, '/api/debug/health'),
    get<ModelsReply>(client, '/api/debug/models'),
    get<ExplainedTree>(client, '/api/debug/config?explain=1'),
    get<{ readonly providers: readonly ProviderReply[] }>(client, PROVIDERS),
  ]);
  const kinds = new Map(available.map(({ provider, model_id: id, kind }) => [`${provider}/${id}`, kind]));
  const checked = await Promise.all(providers.map((each) => checkProvider(client, each, tree, kinds)));
  // After the checks, which may have reached a server that was not running before.
  const [ready, tooLong, unreadable] = await Promise.all([
    readiness(client),
    tooLongRequests(client),
    unreadableFiles(client),
  ]);
  return { ...ready, state, tree, providers: checked, tooLong, unreadable };
}

async function readiness(client: GatewayClient): Promise<Pick<GatewayDetails, 'ready' | 'reasons'>> {
  const { ready, reasons = [] } = await client.call<{ ready: boolean; reasons?: readonly string[] }>({
    path: '/ready',
    alsoOk: [503],
    timeoutMs: CALL_MS,
  });
  return { ready, reasons };
}

async function checkProvider(
  client: GatewayClient,
  provider: ProviderReply,
  tree: ExplainedTree,
  kinds: ReadonlyMap<string, string>,
): Promise<ProviderState> {
  const { id, name, type, base_url: baseUrl, servers = null, local, enabled, key } = provider;
  const { error, model_count: count } = enabled ? await validate(client, provider) : NOT_CHECKED;
  const models = enabled ? await modelsOf(client, id, kinds) : [];
  return {
    ...{ id, name, type, baseUrl, local, enabled, error },
    isOwn: ownsEntry(tree, ['providers', id]),
    started: startedEngine(tree, id, servers !== null),
    servers: servers ?? [],
    keyFrom: key.from,
    models: count === null && models.length === 0 ? null : models,
    lacks: (modelId) => models.some((model) => model.id === modelId && !isInstalled(model)),
  };
}

const NOT_CHECKED: ValidationReply = { model_count: null, error: null };

/** The gateway itself waits less long than this for the server. */
async function validate(client: GatewayClient, { id, name }: ProviderReply): Promise<ValidationReply> {
  const path = `${PROVIDERS}/${encodeURIComponent(id)}/validate`;
  try {
    const reply = await client.call<ValidationReply>({ method: 'POST', path, body: {}, timeoutMs: CHECK_MS });
    if (reply.error?.code !== 'needs_key') return reply;
    return { ...reply, error: { ...reply.error, message: `${name} has ${reply.error.message}` } };
  } catch (error) {
    if (!(error instanceof CommandFault)) throw error;
    const message = `${name} was not checked: ${error.message}`;
    return { model_count: null, error: { code: 'not_checked', message } };
  }
}

async function modelsOf(
  client: GatewayClient,
  id: string,
  kinds: ReadonlyMap<string, string>,
): Promise<ModelState[]> {
  const path = `${PROVIDERS}/${encodeURIComponent(id)}/models`;
  const { models } = await get<ProviderModelsReply>(client, path);
  return models.map(({ model_id: model, status, capabilities }) => ({
    ...{ id: model, status, kind: kinds.get(`${id}/${model}`) ?? null },
    contextLength: capabilities.context_length ?? null,
  }));
}

/** Empty where the gateway has no ledger, since it runs without state. */
async function tooLongRequests(client: GatewayClient): Promise<string[]> {
  const path = `/api/debug/requests?state=failed&limit=${LATEST_REQUESTS}`;
  try {
    const { requests } = await get<{ readonly requests: readonly RequestReply[] }>(client, path);
    return requests.filter(({ error }) => error?.code === 'context_length_exceeded').map(({ id }) => id);
  } catch (error) {
    if (error instanceof CommandFault) return [];
    throw error;
  }
}

async function unreadableFiles(client: GatewayClient): Promise<GatewayDetails['unreadable']> {
  const { engines } = await get<EnginesReply>(client, '/api/engines');
  return engines.flatMap(({ provider, unreadable = [] }) =>
    unreadable.map((each) => ({ ...each, provider })),
  );
}
