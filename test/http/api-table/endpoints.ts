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
    | 'embedded';
  /** Documented top-level keys of the JSON. */
  readonly keys?: readonly string[];
}

const SWITCH = { provider: 'up', model_id: 'other', reason: 'cheaper', expires_in_s: 3600 };
const ASSIGNMENT = [
  'provider',
  'model_id',
  'lane',
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
];
const SWITCHED = ['node', 'generation', 'previous', 'warnings', ...ASSIGNMENT];
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
  { call: 'GET /api/debug/models', keys: ['generation', 'available', 'assignments'] },
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
  { call: 'GET /api/engines', keys: ['engines'] },
  { call: 'GET /api/pools', keys: ['pools'] },
  { call: 'GET /api/keys', keys: ['keys'] },
  {
    call: 'GET /api/usage',
    path: '/api/usage?group_by=node&from=&to=',
    query: ['group_by', 'from', 'to'],
    keys: ['from', 'to', 'group_by', 'rows'],
  },
  { call: 'GET /api/usage', headers: { accept: 'text/csv' }, reply: 'csv' },
  {
    call: 'GET /api/audit',
    path: '/api/audit?limit=2&before=',
    query: ['limit', 'before'],
    keys: ['entries', 'next'],
  },
  { call: 'GET /health', keys: ['status', 'version', 'uptime_s'] },
  { call: 'GET /ready', keys: ['ready', 'generation'] },
  { call: 'GET /metrics', reply: 'text' },
  { call: 'GET /', headers: { accept: 'text/html' }, reply: 'html' },
  { call: 'GET /docs', reply: 'html' },
  { call: 'GET /docs/json' },
  { call: 'GET /docs/yaml', reply: 'yaml' },
];

/** All calls, in the order in which the walk makes them. */
export const ENDPOINTS: readonly Endpoint[] = [...DATA_PLANE, ...DEBUG, ...MODEL_BAR, ...OPERATIONS];

/** Planned calls that do not exist yet. */
export const UNIMPLEMENTED: readonly string[] = [
  'POST /api/debug/requests/{id}/feedback',
  'GET /api/v1/llm/providers',
  'POST /api/v1/llm/providers',
  'GET /api/v1/llm/providers/{id}',
  'PATCH /api/v1/llm/providers/{id}',
  'DELETE /api/v1/llm/providers/{id}',
  'POST /api/v1/llm/providers/{id}/validate',
  'GET /api/v1/llm/providers/{id}/models',
  'GET /api/v1/llm/config',
  'PUT /api/v1/llm/config/{interaction_type}',
  'GET /api/v1/llm/config/summary',
  'GET /api/v1/llm/config/validate',
  'GET /api/v1/llm/users/{user}/config',
  'PUT /api/v1/llm/users/{user}/config',
  'DELETE /api/v1/llm/users/{user}/config',
  'GET /api/profiles/{name}',
  'PUT /api/profiles/{name}',
  'DELETE /api/profiles/{name}',
  'POST /api/profiles/{name}/activate',
  'POST /api/profiles/deactivate',
  'GET /api/profiles/{name}/export',
  'POST /api/profiles/import',
  'POST /api/engines/{provider}/models/{id}/load',
  'POST /api/engines/{provider}/models/{id}/unload',
];

/** Planned calls whose path exists for another method: they are 405 `method_not_allowed`. */
export const LATER_METHODS: readonly string[] = ['POST /api/profiles'];
