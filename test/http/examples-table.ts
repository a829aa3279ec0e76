/** One example of the API in `examples/`, with the call and the part of it that it shows. */
export interface Example {
  readonly file: string;
  /** Method and path, with parameters in braces. */
  readonly call: string;
  /** The status of a reply, or `request`. */
  readonly part: 'request' | number;
  /** Fields of replies that the example lacks, by path: replies may gain fields. */
  readonly added?: Readonly<Record<string, unknown>>;
  /** Why an existing call cannot return this reply yet. */
  readonly unavailable?: string;
}

const CLIENT_REQUEST_ID = { client_request_id: null };
const ASSIGNED = { assigned: null, answers: { target: null, reason: null } };
const NOT_WATCHED = { rollback: null, stats: null, ...ASSIGNED, 'previous.assigned': null };

const DEBUG: readonly Example[] = [
  { file: 'models-list.reply.json', call: 'GET /v1/models', part: 200 },
  {
    file: 'debug-models.reply.json',
    call: 'GET /api/debug/models',
    part: 200,
    added: {
      'available.0.kind': 'chat',
      'available.0.context_length': 131_072,
      'available.0.price': null,
      'assignments.evaluate.rollback': null,
      'assignments.evaluate.stats': null,
      lanes: {},
      'assignments.evaluate.assigned': ASSIGNED.assigned,
      'assignments.evaluate.answers': ASSIGNED.answers,
    },
  },
  { file: 'switch-model.request.json', call: 'PUT /api/debug/models/{node}', part: 'request' },
  { file: 'switch-lane.request.json', call: 'PUT /api/debug/models/{node}', part: 'request' },
  { file: 'switch.reply.json', call: 'PUT /api/debug/models/{node}', part: 200, added: NOT_WATCHED },
  { file: 'switch-dry-run.reply.json', call: 'PUT /api/debug/models/{node}', part: 200, added: NOT_WATCHED },
  {
    file: 'switch-delete.reply.json',
    call: 'DELETE /api/debug/models/{node}',
    part: 200,
    added: NOT_WATCHED,
  },
  { file: 'reset.reply.json', call: 'POST /api/debug/models/reset', part: 200 },
  {
    file: 'history.reply.json',
    call: 'GET /api/debug/models/{node}/history',
    part: 200,
    added: { next: null },
  },
  { file: 'undo.reply.json', call: 'POST /api/debug/models/{node}/undo', part: 200, added: NOT_WATCHED },
  { file: 'resolve-chat.request.json', call: 'POST /api/debug/resolve', part: 'request' },
  { file: 'resolve-facts.request.json', call: 'POST /api/debug/resolve', part: 'request' },
  {
    file: 'resolve.reply.json',
    call: 'POST /api/debug/resolve',
    part: 200,
    added: { 'targets.0.score_parts': null, 'targets.1.score_parts': null },
  },
  {
    file: 'requests.reply.json',
    call: 'GET /api/debug/requests',
    part: 200,
    added: {
      'requests.0.client_request_id': null,
      'requests.0.rule': null,
      'requests.0.input_tokens': 12,
      'requests.0.output_tokens': 40,
    },
  },
  {
    file: 'request.reply.json',
    call: 'GET /api/debug/requests/{id}',
    part: 200,
    added: { ...CLIENT_REQUEST_ID, rule: null, duration_ms: 901 },
  },
  {
    file: 'request-cost-unknown.reply.json',
    call: 'GET /api/debug/requests/{id}',
    part: 200,
    added: { ...CLIENT_REQUEST_ID, rule: null, duration_ms: 901 },
  },
  { file: 'config.reply.json', call: 'GET /api/debug/config', part: 200 },
  { file: 'config-explained.reply.json', call: 'GET /api/debug/config', part: 200 },
  { file: 'reload.reply.json', call: 'POST /api/debug/config/reload', part: 200 },
  { file: 'feedback.request.json', call: 'POST /api/debug/requests/{id}/feedback', part: 'request' },
];

const MODEL_BAR: readonly Example[] = [
  { file: 'model-bar.reply.json', call: 'GET /api/models', part: 200 },
  { file: 'model-bar-switch.request.json', call: 'POST /api/models/switch', part: 'request' },
  { file: 'model-bar-switch-options.request.json', call: 'POST /api/models/switch', part: 'request' },
  {
    file: 'model-bar-switch.reply.json',
    call: 'POST /api/models/switch',
    part: 200,
    added: { warnings: [] },
  },
  { file: 'model-bar-switch-accepted.reply.json', call: 'POST /api/models/switch', part: 202 },
  { file: 'capabilities.reply.json', call: 'GET /api/capabilities', part: 200 },
];

const CONFIGURATION_SERVICE: readonly Example[] = [
  {
    file: 'providers.reply.json',
    call: 'GET /api/v1/llm/providers',
    part: 200,
    added: { 'providers.0.servers': null },
  },
  { file: 'provider-create.request.json', call: 'POST /api/v1/llm/providers', part: 'request' },
  {
    file: 'provider.reply.json',
    call: 'POST /api/v1/llm/providers',
    part: 201,
    added: { servers: null },
  },
  { file: 'provider-patch.request.json', call: 'PATCH /api/v1/llm/providers/{id}', part: 'request' },
  { file: 'provider-validate.reply.json', call: 'POST /api/v1/llm/providers/{id}/validate', part: 200 },
  {
    file: 'provider-models.reply.json',
    call: 'GET /api/v1/llm/providers/{id}/models',
    part: 200,
    added: { error: null },
  },
  { file: 'llm-config.reply.json', call: 'GET /api/v1/llm/config', part: 200 },
  { file: 'llm-config-put.request.json', call: 'PUT /api/v1/llm/config/{interaction_type}', part: 'request' },
  { file: 'llm-config-entry.reply.json', call: 'PUT /api/v1/llm/config/{interaction_type}', part: 200 },
  { file: 'llm-config-summary.reply.json', call: 'GET /api/v1/llm/config/summary', part: 200 },
  { file: 'llm-config-validate.reply.json', call: 'GET /api/v1/llm/config/validate', part: 200 },
  { file: 'user-config.request.json', call: 'PUT /api/v1/llm/users/{user}/config', part: 'request' },
];

const EMPTY = 'not built yet: the list is always empty';

const OPERATIONS: readonly Example[] = [
  { file: 'profiles-empty.reply.json', call: 'GET /api/profiles', part: 200 },
  {
    file: 'profiles.reply.json',
    call: 'GET /api/profiles',
    part: 200,
    added: { 'profiles.0.problem': null },
  },
  { file: 'profile-create.request.json', call: 'POST /api/profiles', part: 'request' },
  {
    file: 'profile-activate.reply.json',
    call: 'POST /api/profiles/{name}/activate',
    part: 200,
    added: { warnings: [] },
  },
  { file: 'profile-export.reply.json', call: 'GET /api/profiles/{name}/export', part: 200 },
  { file: 'engines-empty.reply.json', call: 'GET /api/engines', part: 200 },
  {
    file: 'engines.reply.json',
    call: 'GET /api/engines',
    part: 200,
    added: { 'engines.0.models.0.context_length': 32768, 'engines.0.models.0.error': null },
  },
  {
    file: 'engine-load.request.json',
    call: 'POST /api/engines/{provider}/models/{id}/load',
    part: 'request',
  },
  { file: 'pools-empty.reply.json', call: 'GET /api/pools', part: 200 },
  {
    file: 'pools.reply.json',
    call: 'GET /api/pools',
    part: 200,
    added: {
      'pools.0.thermal': 'normal',
      'pools.0.error': null,
      'pools.0.switch': null,
      'pools.0.burst': null,
    },
  },
  { file: 'keys-empty.reply.json', call: 'GET /api/keys', part: 200 },
  { file: 'keys.reply.json', call: 'GET /api/keys', part: 200, unavailable: EMPTY },
  { file: 'usage.reply.json', call: 'GET /api/usage', part: 200 },
  { file: 'audit.reply.json', call: 'GET /api/audit', part: 200 },
  { file: 'health.reply.json', call: 'GET /health', part: 200 },
  { file: 'ready.reply.json', call: 'GET /ready', part: 200 },
  { file: 'not-ready.reply.json', call: 'GET /ready', part: 503 },
];

/** All examples of a body of one call. */
export const EXAMPLES: readonly Example[] = [...DEBUG, ...MODEL_BAR, ...CONFIGURATION_SERVICE, ...OPERATIONS];

/** Calls that do not exist yet: the test fails when one of them appears. */
export const NOT_BUILT_YET: readonly string[] = ['POST /api/debug/requests/{id}/feedback'];
