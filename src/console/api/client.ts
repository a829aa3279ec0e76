import { apiError, ApiError } from './api-error.ts';
import { session } from './session.svelte.ts';
import type {
  ActivationPreview,
  AuditCheck,
  AuditEntry,
  AuditPage,
  Capabilities,
  DryRun,
  Engine,
  ExportedProfile,
  ModelBar,
  ModelList,
  NodeConfig,
  Pool,
  ProfileList,
  Provider,
  RequestSummary,
  RequestTrace,
  Resolved,
  Switched,
  Usage,
} from './types.ts';

/** Options of a switch besides its target. */
export interface SwitchOptions {
  readonly reason?: string;
  /** Seconds until it reverts to the default. */
  readonly expires_in_s?: number;
  readonly preflight?: boolean;
  readonly force?: boolean;
}

/** A model, by provider and id, or a lane. */
export type Target = { readonly provider: string; readonly model_id: string } | { readonly lane: string };

/** A provider as the console adds it; `api_key` is only ever sent. */
export interface NewProvider {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly base_url?: string;
  readonly api_key?: string;
  readonly enabled?: boolean;
}

/** Reply of a provider's validation. */
export interface Validation {
  readonly valid: boolean;
  readonly latency_ms: number | null;
  readonly model_count: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Which totals; `from` and `to` are ISO 8601, without `to` until now. */
export interface UsageChoice {
  readonly group_by: Usage['group_by'];
  readonly from: string;
  readonly to?: string;
  readonly bucket?: '5m' | 'hour' | 'day';
}

/** The calls of the admin API that the console makes. Each rejects with an `ApiError`. */
export const api = {
  models: (): Promise<ModelList> => call('GET', 'api/debug/models'),
  /** What a switch would do, without making it. */
  dryRun: (subject: string, target: Target): Promise<DryRun> =>
    call('PUT', subjectPath(subject), { ...target, dry_run: true }),
  /** Rejects with 412 unless `generation` is still the current one. */
  switch: (subject: string, target: Target, options: SwitchOptions, generation: number): Promise<Switched> =>
    call('PUT', subjectPath(subject), { ...target, ...options }, { 'if-match': `"${generation}"` }),
  reset: (subject: string): Promise<Switched> => call('DELETE', subjectPath(subject)),
  undo: (subject: string): Promise<Switched> => call('POST', `${subjectPath(subject)}/undo`),
  history: (subject: string): Promise<{ entries: AuditEntry[] }> =>
    call('GET', `${subjectPath(subject)}/history`),
  resetAll: (): Promise<{ reset: string[]; generation: number }> => call('POST', 'api/debug/models/reset'),
  modelBar: (): Promise<ModelBar> => call('GET', 'api/models'),
  capabilities: (): Promise<Capabilities> => call('GET', 'api/capabilities'),
  /** Makes a model the active one: the default lane's first. */
  use: (provider: string, model: string): Promise<unknown> =>
    call('POST', 'api/models/switch', { provider, model }),
  engines: (): Promise<{ engines: Engine[] }> => call('GET', 'api/engines'),
  pools: (): Promise<{ pools: Pool[] }> => call('GET', 'api/pools'),
  /** Resolves when the model is loaded or unloaded; `force` cuts requests in progress. */
  operate: (verb: 'load' | 'unload', provider: string, model: string, force: boolean): Promise<unknown> =>
    call('POST', `${enginePath(provider, model)}/${verb}`, force ? { force } : {}),
  /** Newest first; `filters` are query parameters; empty ones are left out. */
  requests: (
    filters: Readonly<Record<string, string>>,
  ): Promise<{ requests: RequestSummary[]; next: string | null }> => {
    const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ''));
    return call('GET', `api/debug/requests?${query.toString()}`);
  },
  request: (id: string): Promise<RequestTrace> => call('GET', `api/debug/requests/${encodeURIComponent(id)}`),
  /** The plan for these facts as things are now. */
  resolve: (facts: object): Promise<Resolved> => call('POST', 'api/debug/resolve', facts),
  providers: (): Promise<{ providers: Provider[] }> => call('GET', 'api/v1/llm/providers'),
  addProvider: (provider: NewProvider): Promise<Provider> => call('POST', 'api/v1/llm/providers', provider),
  changeProvider: (id: string, change: Partial<NewProvider>): Promise<Provider> =>
    call('PATCH', providerPath(id), change),
  removeProvider: (id: string): Promise<unknown> => call('DELETE', providerPath(id)),
  validateProvider: (id: string): Promise<Validation> => call('POST', `${providerPath(id)}/validate`),
  nodeConfig: (): Promise<{ config: Record<string, NodeConfig> }> => call('GET', 'api/v1/llm/config'),
  configureNode: (node: string, config: object): Promise<NodeConfig> =>
    call('PUT', `api/v1/llm/config/${encodeURIComponent(node)}`, config),
  profiles: (): Promise<ProfileList> => call('GET', 'api/profiles'),
  /** What an activation would change, without making it. */
  previewProfile: (name: string): Promise<ActivationPreview> =>
    call('POST', `${profilePath(name)}/activate`, { dry_run: true }),
  activateProfile: (name: string): Promise<unknown> => call('POST', `${profilePath(name)}/activate`),
  deactivateProfile: (): Promise<unknown> => call('POST', 'api/profiles/deactivate'),
  exportProfile: (name: string): Promise<ExportedProfile> => call('GET', `${profilePath(name)}/export`),
  importProfile: (profile: ExportedProfile, overwrite: boolean): Promise<unknown> =>
    call('POST', `api/profiles/import${overwrite ? '?overwrite=1' : ''}`, profile),
  audit: (before: number | null): Promise<AuditPage> =>
    call('GET', `api/audit?limit=50${before === null ? '' : `&before=${before}`}`),
  /** Whether the hash chain of the audit is intact. */
  verifyAudit: (): Promise<AuditCheck> => call('GET', 'api/audit/verify'),
  /** The configuration in effect. */
  config: (): Promise<Readonly<Record<string, unknown>>> => call('GET', 'api/debug/config'),
  usage: (choice: UsageChoice): Promise<Usage> => call('GET', usagePath(choice)),
  usageCsv: (choice: UsageChoice): Promise<string> =>
    call('GET', usagePath(choice), undefined, { accept: 'text/csv' }),
  /** Exchanges the admin token for a session cookie. */
  openSession: (token: string): Promise<unknown> => call('POST', SESSION_PATH, { token }),
};

const SESSION_PATH = 'api/session';
const JSON_TYPE = 'application/json';

function subjectPath(subject: string): string {
  return `api/debug/models/${encodeURIComponent(subject)}`;
}

function enginePath(provider: string, model: string): string {
  return `api/engines/${encodeURIComponent(provider)}/models/${encodeURIComponent(model)}`;
}

function providerPath(id: string): string {
  return `api/v1/llm/providers/${encodeURIComponent(id)}`;
}

function profilePath(name: string): string {
  return `api/profiles/${encodeURIComponent(name)}`;
}

function usagePath(choice: UsageChoice): string {
  return `api/usage?${new URLSearchParams({ ...choice }).toString()}`;
}

async function call<Reply>(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  let response: Response;
  const { opened } = session;
  try {
    response = await fetch(path, {
      method,
      headers: {
        accept: JSON_TYPE,
        ...(body === undefined ? {} : { 'content-type': JSON_TYPE }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, 'no_answer', 'The gateway does not respond.');
  }
  if (response.status === 204) return undefined as Reply;
  if (response.ok && headers.accept !== undefined) return (await response.text()) as Reply;
  const reply: unknown = await response.json().catch(() => null);
  if (response.ok) {
    session.wasOpen = true;
    return reply as Reply;
  }
  if (response.status === 401 && path !== SESSION_PATH && session.opened === opened)
    session.tokenNeeded = true;
  throw apiError(response.status, reply);
}
