import type { Which } from './gateways.ts';

/** One call of the API. */
export interface Endpoint {
  /** Method and path, with parameters in braces. */
  readonly call: string;
  /** The path to request, if not the call's own; `:request` is replaced by the id of an earlier request. */
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Documented query parameters. */
  readonly query?: readonly string[];
  readonly status?: number;
  /** Kind of reply. Default: JSON of the schema in the OpenAPI document. */
  readonly reply?:
    | 'json'
    /** No body. */
    | 'html'
    | 'text'
    | 'csv'
    | 'yaml'
    | 'events'
    | 'chat'
    | 'completion'
    | 'vectors'
    | 'tokens'
    | 'scores'
    | 'direct'
    /** Ollama's text and vectors. */
    | 'generated'
    | 'embedded'
    /** 204 without a body. */
    | 'nothing';
  /** Documented top-level keys of the JSON. */
  readonly keys?: readonly string[];
  /** Which gateway is asked. Default: `open`. */
  readonly gateway?: Which;
}

const SWITCH = { provider: 'up', model_id: 'other', reason: 'cheaper', expires_in_s: 3600 };
const ASSIGNMENT = [
  'provider',
  'model_id',
  'lane',
  'assigned',
  'answers',
  'is_default',
  'default',
  'why',
  'reason',
  'actor',
  'expires_at',
  'rollback',
  'last_duration_ms',
  'durations',
  'last_model',
  'last_at',
  'stats',
];
const SWITCHED = ['node', 'generation', 'previous', 'warnings', ...ASSIGNMENT];
const PROFILE = ['name', 'description', 'source', 'active', 'problem', 'file', 'config', 'generation'];
const SUMMARY = [
  'id',
  'state',
  'started_at',
  'endpoint',
  'wire',
  'requested',
  'node',
  'lane',
  'target',
  'rule',
  'generation',
  'key',
  'user',
  'stream',
  'status',
  'attempts',
  'error',
];
const TRACE = [...SUMMARY, 'phases', 'plan', 'usage', 'cost', 'warnings'];
const HELLO = { model: 'evaluate', messages: [{ role: 'user', content: 'Hello?' }] };
const PLANNED = ['generation', 'requested', 'node', 'lane', 'rule', 'facts', 'targets', 'warnings'];

const ENGINE_CALL = ['provider', 'model_id', 'state', 'load_ms'];
const SCORES = { model: 'up/scores', query: 'a', documents: ['a', 'b'] };
/** A call that goes to one provider. */
const DIRECT = { model: 'up/any', input: 'a' };

const DATA_PLANE: readonly Endpoint[] = [
  { call: 'POST /v1/chat/completions', body: HELLO, reply: 'chat' },
  { call: 'POST /v1/responses', body: { model: 'evaluate', input: 'Hello?' }, reply: 'chat' },
  { call: 'POST /v1/completions', body: { model: 'evaluate', prompt: 'Once' }, reply: 'completion' },
  { call: 'POST /v1/embeddings', body: { model: 'up/vectors', input: ['a', 'b'] }, reply: 'vectors' },
  { call: 'POST /v1/rerank', body: SCORES, reply: 'scores' },
  { call: 'POST /v2/rerank', body: SCORES, reply: 'scores' },
  { call: 'POST /rerank', body: SCORES, reply: 'scores' },
  { call: 'POST /v1/moderations', body: DIRECT, reply: 'direct' },
  { call: 'POST /v1/audio/speech', body: DIRECT, reply: 'direct' },
  { call: 'POST /v1/audio/transcriptions', body: DIRECT, reply: 'direct' },
  { call: 'POST /v1/audio/translations', body: DIRECT, reply: 'direct' },
  { call: 'POST /v1/images/generations', body: DIRECT, reply: 'direct' },
  { call: 'POST /v1/images/edits', body: DIRECT, reply: 'direct' },
  { call: 'POST /v1/images/variations', body: DIRECT, reply: 'direct' },
  { call: 'POST /v1/messages', body: { ...HELLO, max_tokens: 9 }, reply: 'chat' },
  { call: 'POST /v1/messages/count_tokens', body: HELLO, reply: 'tokens' },
  { call: 'POST /api/chat', body: { ...HELLO, stream: false }, reply: 'chat' },
  {
    call: 'POST /api/generate',
    body: { model: 'evaluate', prompt: 'Hello?', stream: false },
    reply: 'generated',
  },
  { call: 'POST /api/embed', body: { model: 'up/vectors', input: ['a', 'b'] }, reply: 'embedded' },
  { call: 'POST /api/embeddings', body: { model: 'up/vectors', prompt: 'a' }, reply: 'embedded' },
  { call: 'GET /api/tags', keys: ['models'] },
  { call: 'GET /api/ps', keys: ['models'] },
  { call: 'GET /api/version', keys: ['version'] },
  { call: 'POST /api/show', body: { model: 'evaluate' }, keys: ['details', 'model_info', 'capabilities'] },
  { call: 'GET /v1/models', keys: ['object', 'data', 'first_id', 'last_id', 'has_more'] },
  {
    call: 'GET /v1/models',
    path: '/v1/models?client_version=0.171.0',
    query: ['client_version'],
    keys: ['models'],
  },
  { call: 'GET /v1/models/{id}', path: '/v1/models/up/m', keys: ['id', 'object', 'kind'] },
  { call: 'GET /v1/models/{id}', path: '/v1/models/up%2Fm', keys: ['id'] },
  { call: 'GET /v1/models/{id}', path: '/v1/models/evaluate', keys: ['id'] },
];

const DEBUG: readonly Endpoint[] = [
  { call: 'GET /api/debug/models', keys: ['generation', 'available', 'assignments', 'lanes'] },
  {
    call: 'GET /api/debug/models/{node}',
    path: '/api/debug/models/evaluate',
    keys: ['node', 'generation', ...ASSIGNMENT],
  },
  { call: 'GET /api/debug/models/{node}', path: '/api/debug/models/lane:main', keys: ['node', 'generation'] },
  {
    call: 'PUT /api/debug/models/{node}',
    path: '/api/debug/models/evaluate',
    body: { ...SWITCH, dry_run: true },
    keys: [...SWITCHED, 'dry_run', 'fit', 'reasons'],
  },
  {
    call: 'PUT /api/debug/models/{node}',
    path: '/api/debug/models/evaluate',
    body: SWITCH,
    keys: SWITCHED,
  },
  {
    call: 'PUT /api/debug/models/{node}',
    path: '/api/debug/models/evaluate',
    body: { lane: 'main' },
    keys: SWITCHED,
  },
  {
    call: 'GET /api/debug/models/{node}/history',
    path: '/api/debug/models/evaluate/history?limit=1',
    keys: ['entries'],
  },
  {
    call: 'GET /api/debug/models/{node}/recommendation',
    path: '/api/debug/models/evaluate/recommendation',
    keys: ['node', 'generation', 'from', 'to', 'current', 'recommendation', 'reason'],
  },
  {
    call: 'POST /api/debug/models/{node}/undo',
    path: '/api/debug/models/evaluate/undo',
    keys: SWITCHED,
  },
  { call: 'DELETE /api/debug/models/{node}', path: '/api/debug/models/evaluate', keys: SWITCHED },
  { call: 'POST /api/debug/models/reset', keys: ['reset', 'generation'] },
  { call: 'POST /api/debug/resolve', body: HELLO, keys: PLANNED },
  {
    call: 'POST /api/debug/resolve',
    body: { model: 'lane:main', estimated_tokens: 19, needs: ['tools'], is_repository: true, user: 'u1' },
    keys: PLANNED,
  },
  {
    call: 'GET /api/debug/requests',
    path: '/api/debug/requests?limit=50&node=&lane=&target=&state=&before=',
    query: ['limit', 'node', 'lane', 'target', 'state', 'before'],
    keys: ['requests', 'next'],
  },
  { call: 'GET /api/debug/requests/{id}', path: '/api/debug/requests/:request', keys: TRACE },
  { call: 'GET /api/debug/config', query: ['explain'] },
  { call: 'GET /api/debug/config', path: '/api/debug/config?explain=1' },
  { call: 'POST /api/debug/config/reload', keys: ['generation', 'changed'] },
  { call: 'GET /api/debug/health', keys: ['providers', 'targets'] },
];

const MODEL_BAR: readonly Endpoint[] = [
  { call: 'GET /api/models', keys: ['active', 'switching', 'providers'] },
  {
    call: 'POST /api/models/switch',
    body: { provider: 'up', model: 'other', reason: 'try', expires_in_s: 60, dry_run: true, force: false },
    keys: ['provider', 'model', 'generation'],
  },
  {
    call: 'POST /api/models/switch',
    body: { provider: 'up', model: 'other' },
    keys: ['success', 'provider', 'model', 'generation', 'load_ms'],
  },
  {
    call: 'POST /api/models/switch',
    body: { provider: 'up', model: 'm' },
    headers: { prefer: 'respond-async', 'x-laneway-user': 'u1' },
    status: 202,
    keys: ['accepted', 'switch_id', 'provider', 'model'],
  },
  { call: 'GET /api/capabilities', keys: ['provider', 'model', 'capabilities', 'sources'] },
  { call: 'GET /api/events', reply: 'events' },
];

const OPERATIONS: readonly Endpoint[] = [
  { call: 'GET /api/profiles', keys: ['active', 'profiles'] },
  {
    call: 'POST /api/profiles',
    body: { name: 'night', description: 'At night', config: { nodes: { evaluate: { model: 'up/other' } } } },
    status: 201,
    keys: PROFILE,
  },
  { call: 'GET /api/profiles/{name}', path: '/api/profiles/night', keys: PROFILE },
  {
    call: 'PUT /api/profiles/{name}',
    path: '/api/profiles/night',
    body: { config: { nodes: { evaluate: { model: 'up/m' } } } },
    keys: PROFILE,
  },
  {
    call: 'POST /api/profiles/{name}/activate',
    path: '/api/profiles/night/activate',
    body: { dry_run: true },
    keys: ['dry_run', 'changes', 'reasons', 'warnings'],
  },
  {
    call: 'POST /api/profiles/{name}/activate',
    path: '/api/profiles/night/activate',
    keys: ['active', 'generation', 'warnings'],
  },
  { call: 'POST /api/profiles/deactivate', keys: ['active', 'generation'] },
  {
    call: 'GET /api/profiles/{name}/export',
    path: '/api/profiles/night/export',
    keys: ['laneway_profile', 'name', 'description', 'config'],
  },
  {
    call: 'POST /api/profiles/import',
    path: '/api/profiles/import?overwrite=1',
    query: ['overwrite'],
    body: { laneway_profile: 1, name: 'night', description: null, config: {} },
    status: 201,
    keys: PROFILE,
  },
  { call: 'DELETE /api/profiles/{name}', path: '/api/profiles/night', status: 204, reply: 'nothing' },
  { call: 'GET /api/engines', keys: ['engines'] },
  { call: 'GET /api/pools', keys: ['pools'] },
  {
    call: 'POST /api/engines/{provider}/models/{id}/load',
    path: '/api/engines/router/models/a/load',
    body: {},
    keys: ENGINE_CALL,
    gateway: 'engines',
  },
  {
    call: 'POST /api/engines/{provider}/models/{id}/unload',
    path: '/api/engines/router/models/a/unload',
    body: { force: true },
    keys: ENGINE_CALL,
    gateway: 'engines',
  },
  {
    call: 'POST /api/engines/{provider}/models/{id}/load',
    path: '/api/engines/router/models/endless/load',
    headers: { prefer: 'respond-async' },
    status: 202,
    keys: ['accepted', 'switch_id', 'provider', 'model'],
    gateway: 'engines',
  },
  { call: 'GET /api/keys', keys: ['keys'] },
  {
    call: 'GET /api/usage',
    path: '/api/usage?group_by=node&from=&to=&bucket=day',
    query: ['group_by', 'from', 'to', 'bucket'],
    keys: ['from', 'to', 'group_by', 'rows', 'buckets'],
  },
  { call: 'POST /api/session', body: { token: 'any' }, status: 204, reply: 'nothing' },
  { call: 'DELETE /api/session', status: 204, reply: 'nothing' },
  { call: 'GET /api/usage', headers: { accept: 'text/csv' }, reply: 'csv' },
  {
    call: 'GET /api/audit',
    path: '/api/audit?limit=2&before=',
    query: ['limit', 'before'],
    keys: ['entries', 'next'],
  },
  { call: 'GET /api/audit/verify', keys: ['intact', 'entries', 'broken_at', 'fault'] },
  { call: 'POST /api/backups', status: 201, keys: ['file', 'size_bytes', 'created_at'] },
  { call: 'GET /health', keys: ['status', 'version', 'uptime_s'] },
  { call: 'GET /connect', headers: { accept: 'text/html' }, reply: 'html' },
  { call: 'GET /ready', keys: ['ready', 'generation'] },
  { call: 'GET /metrics', reply: 'text' },
  { call: 'GET /', headers: { accept: 'text/html' }, reply: 'html' },
  { call: 'GET /docs', reply: 'html' },
  { call: 'GET /docs/json' },
  { call: 'GET /docs/yaml', reply: 'yaml' },
];

const PROVIDER = [
  ...['id', 'name', 'type', 'base_url', 'local', 'enabled', 'source', 'key', 'status', 'status_detail'],
  ...['validated_at', 'model_count', 'created_at', 'updated_at'],
];
const ENTRY = [
  ...['interaction_type', 'purpose', 'provider', 'model_id', 'lane', 'temperature', 'max_tokens', 'params'],
  ...['fallbacks', 'is_default', 'source', 'updated_at'],
];
const OWN = { id: 'own', type: 'custom', base_url: 'http://127.0.0.1:1/v1', api_key: 'sk-fake-own' };

const CONFIGURATION_SERVICE: readonly Endpoint[] = [
  { call: 'GET /api/v1/llm/providers', keys: ['providers'] },
  { call: 'POST /api/v1/llm/providers', body: OWN, status: 201, keys: PROVIDER },
  { call: 'GET /api/v1/llm/providers/{id}', path: '/api/v1/llm/providers/own', keys: PROVIDER },
  {
    call: 'PATCH /api/v1/llm/providers/{id}',
    path: '/api/v1/llm/providers/own',
    body: { enabled: false },
    keys: PROVIDER,
  },
  {
    call: 'POST /api/v1/llm/providers/{id}/validate',
    path: '/api/v1/llm/providers/up/validate',
    keys: ['valid', 'checked_at', 'latency_ms', 'model_count', 'error'],
  },
  {
    call: 'GET /api/v1/llm/providers/{id}/models',
    path: '/api/v1/llm/providers/up/models?refresh=1',
    query: ['refresh'],
    keys: ['models', 'fetched_at'],
  },
  {
    call: 'DELETE /api/v1/llm/providers/{id}',
    path: '/api/v1/llm/providers/own?force=1',
    query: ['force'],
    status: 204,
    reply: 'nothing',
  },
  { call: 'GET /api/v1/llm/config', keys: ['generation', 'config'] },
  {
    call: 'PUT /api/v1/llm/config/{interaction_type}',
    path: '/api/v1/llm/config/evaluate',
    body: { provider: 'up', model_id: 'm', temperature: 0.5, max_tokens: 9, fallbacks: ['up/other'] },
    keys: ENTRY,
  },
  { call: 'GET /api/v1/llm/config/summary', keys: ['rows', 'text'] },
  { call: 'GET /api/v1/llm/config/validate', keys: ['valid', 'results'] },
  {
    call: 'PUT /api/v1/llm/users/{user}/config',
    path: '/api/v1/llm/users/ada/config',
    body: { config: { evaluate: { provider: 'up', model_id: 'm', temperature: 1 } } },
    keys: ['config'],
  },
  { call: 'GET /api/v1/llm/users', keys: ['users'] },
  { call: 'GET /api/v1/llm/users/{user}/config', path: '/api/v1/llm/users/ada/config', keys: ['config'] },
  {
    call: 'DELETE /api/v1/llm/users/{user}/config',
    path: '/api/v1/llm/users/ada/config',
    status: 204,
    reply: 'nothing',
  },
  {
    call: 'PUT /api/secrets/{name}',
    path: '/api/secrets/OWN',
    body: { value: 'sk-fake-own' },
    keys: ['name', 'version', 'generation'],
  },
  { call: 'GET /api/secrets', keys: ['secrets'] },
  { call: 'POST /api/secrets/rotate', keys: ['rotated', 'check', 'next'] },
  {
    call: 'POST /api/secrets/import',
    body: { keys: { refused: 'sk-fake-refused' } },
    keys: ['imported', 'generation'],
  },
  {
    call: 'DELETE /api/secrets/{name}',
    path: '/api/secrets/OWN?force=1',
    query: ['force'],
    status: 204,
    reply: 'nothing',
  },
];

/** All calls, in the order in which the walk makes them. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...DATA_PLANE,
  ...DEBUG,
  ...MODEL_BAR,
  ...CONFIGURATION_SERVICE,
  ...OPERATIONS,
];

/** Planned calls that do not exist yet. */
export const UNIMPLEMENTED: readonly string[] = ['POST /api/debug/requests/{id}/feedback'];

/** Planned calls whose path exists for another method: they are 405 `method_not_allowed`. */
export const LATER_METHODS: readonly string[] = [];
