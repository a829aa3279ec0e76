import type { ErrorCode, ErrorType } from '../../../src/protocol/errors.ts';
import type { TestGateway } from '../../support/gateway.ts';
import { ask, askRaw, type Answer, type Gateways } from './gateways.ts';

/** One error code, and a way to provoke it. */
export interface ErrorRow {
  readonly code: ErrorCode;
  readonly status: number;
  readonly type: ErrorType;
  readonly param?: string;
  readonly provoke: (gateways: Gateways) => Promise<Answer>;
  /** Further expected headers. */
  readonly headers?: Readonly<Record<string, RegExp>>;
}

const CHAT = '/v1/chat/completions';
const EVALUATE = '/api/debug/models/evaluate';
const messages = [{ role: 'user', content: 'Hello?' }];
const caller = 'invalid_request_error';

/** Errors caused by the caller or the operator. */
export const CALLER_ERRORS: readonly ErrorRow[] = [
  {
    code: 'invalid_json',
    status: 400,
    type: caller,
    provoke: async (gateways) =>
      ask(await gateways.of('open'), {
        path: CHAT,
        headers: { 'content-type': 'application/json' },
        body: '{"model":',
      }),
  },
  {
    code: 'invalid_body',
    status: 400,
    type: caller,
    param: 'messages',
    provoke: async (gateways) => ask(await gateways.of('open'), { path: CHAT, body: { messages: [] } }),
  },
  {
    code: 'context_length_exceeded',
    status: 400,
    type: caller,
    param: 'messages',
    provoke: async (gateways) =>
      ask(await gateways.of('open'), {
        path: CHAT,
        body: { model: 'up/small', messages: [{ role: 'user', content: 'x'.repeat(4000) }] },
      }),
  },
  {
    code: 'unsupported_parameter',
    status: 400,
    type: caller,
    param: 'model',
    provoke: async (gateways) =>
      ask(await gateways.of('open'), { path: CHAT, body: { model: 'up/vectors', messages } }),
  },
  {
    code: 'invalid_api_key',
    status: 401,
    type: 'authentication_error',
    headers: { 'www-authenticate': /^Bearer$/ },
    provoke: async (gateways) => ask(await gateways.of('closed'), { path: CHAT, body: { messages } }),
  },
  {
    code: 'host_not_allowed',
    status: 403,
    type: 'permission_error',
    provoke: async (gateways) =>
      askRaw(
        await gateways.of('open'),
        'GET /v1/models HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n',
      ),
  },
  {
    code: 'origin_not_allowed',
    status: 403,
    type: 'permission_error',
    provoke: async (gateways) =>
      ask(await gateways.of('open'), { path: '/v1/models', headers: { origin: 'https://evil.example' } }),
  },
  {
    code: 'model_not_found',
    status: 404,
    type: caller,
    param: 'model',
    provoke: async (gateways) =>
      ask(await gateways.of('open'), { path: CHAT, body: { model: 'evalute', messages } }),
  },
  {
    code: 'node_not_found',
    status: 404,
    type: caller,
    param: 'x-laneway-node',
    provoke: async (gateways) =>
      ask(await gateways.of('open'), {
        path: CHAT,
        headers: { 'x-laneway-node': 'nope' },
        body: { messages },
      }),
  },
  {
    code: 'node_not_found',
    status: 404,
    type: caller,
    param: 'node',
    provoke: async (gateways) =>
      ask(await gateways.of('open'), {
        method: 'PUT',
        path: '/api/debug/models/nope',
        body: { lane: 'main' },
      }),
  },
  {
    code: 'lane_not_found',
    status: 404,
    type: caller,
    param: 'model',
    provoke: async (gateways) =>
      ask(await gateways.of('open'), { path: CHAT, body: { model: 'lane:nope', messages } }),
  },
  {
    code: 'provider_not_found',
    status: 404,
    type: caller,
    param: 'provider',
    provoke: async (gateways) =>
      ask(await gateways.of('open'), {
        method: 'PUT',
        path: EVALUATE,
        body: { provider: 'nope', model_id: 'm' },
      }),
  },
  {
    code: 'profile_not_found',
    status: 404,
    type: caller,
    param: 'name',
    provoke: async (gateways) => ask(await gateways.of('open'), { path: '/api/profiles/nope' }),
  },
  {
    code: 'secret_not_found',
    status: 404,
    type: caller,
    param: 'name',
    provoke: async (gateways) =>
      ask(await gateways.of('open'), { method: 'DELETE', path: '/api/secrets/NOPE' }),
  },
  {
    code: 'exists',
    status: 409,
    type: caller,
    param: 'id',
    provoke: async (gateways) => {
      const provider = { path: '/api/v1/llm/providers', body: { id: 'twice', type: 'openai' } };
      await ask(await gateways.of('open'), provider);
      return ask(await gateways.of('open'), provider);
    },
  },
  {
    code: 'rate_limit_exceeded',
    status: 429,
    type: 'rate_limit_error',
    headers: { 'retry-after': /^\d+$/ },
    provoke: async (gateways) => {
      const wrong = { method: 'POST', path: '/api/session', body: { token: 'lw-fake-wrong' } };
      const closed = await gateways.of('closed');
      for (let attempt = 0; attempt < 10; attempt += 1) await ask(closed, wrong);
      return ask(closed, wrong);
    },
  },
  {
    code: 'in_use',
    status: 409,
    type: caller,
    provoke: async (gateways) =>
      ask(await gateways.of('open'), { method: 'DELETE', path: '/api/v1/llm/providers/up' }),
  },
  {
    code: 'request_not_found',
    status: 404,
    type: caller,
    provoke: async (gateways) => ask(await gateways.of('open'), { path: '/api/debug/requests/req_none' }),
  },
  {
    code: 'route_not_found',
    status: 404,
    type: caller,
    provoke: async (gateways) => ask(await gateways.of('open'), { path: '/api/nothing' }),
  },
  {
    code: 'method_not_allowed',
    status: 405,
    type: caller,
    headers: { allow: /^POST$/ },
    provoke: async (gateways) => ask(await gateways.of('open'), { path: CHAT }),
  },
  {
    code: 'request_timeout',
    status: 408,
    type: caller,
    provoke: async (gateways) => {
      const gateway = await gateways.of('open');
      const { server } = gateway.app.server;
      const usual = server.headersTimeout;
      server.headersTimeout = 100;
      const answer = await askRaw(gateway, 'GET /health HTTP/1.1\r\nhost: localhost\r\n');
      server.headersTimeout = usual;
      return answer;
    },
  },
  {
    code: 'unfit_target',
    status: 409,
    type: caller,
    provoke: async (gateways) =>
      ask(await gateways.of('open'), {
        method: 'PUT',
        path: EVALUATE,
        body: { provider: 'dark', model_id: 'gpt' },
      }),
  },
  {
    code: 'switch_in_progress',
    status: 409,
    type: caller,
    provoke: async (gateways) => {
      const gateway = await gateways.of('engines');
      const headers = { prefer: 'respond-async' };
      await ask(gateway, { path: '/api/engines/router/models/endless/load', headers, body: {} });
      return ask(gateway, { path: '/api/engines/router/models/a/load', body: {} });
    },
  },
  {
    code: 'preflight_failed',
    status: 409,
    type: caller,
    provoke: async (gateways) =>
      ask(await gateways.of('open'), {
        method: 'PUT',
        path: EVALUATE,
        body: { provider: 'up', model_id: 'upstream_busy', preflight: true },
      }),
  },
  {
    code: 'runtime_switching_off',
    status: 409,
    type: caller,
    provoke: async (gateways) =>
      ask(await gateways.of('fixed'), {
        method: 'PUT',
        path: EVALUATE,
        body: { provider: 'up', model_id: 'other' },
      }),
  },
  {
    code: 'generation_mismatch',
    status: 412,
    type: caller,
    provoke: async (gateways) =>
      ask(await gateways.of('open'), {
        method: 'PUT',
        path: EVALUATE,
        headers: { 'if-match': '"999"' },
        body: { provider: 'up', model_id: 'other' },
      }),
  },
  {
    code: 'request_too_large',
    status: 413,
    type: caller,
    provoke: async (gateways) =>
      ask(await gateways.of('open'), {
        path: CHAT,
        headers: { 'content-type': 'application/json' },
        body: 'x'.repeat(1024 * 1024 + 1),
      }),
  },
  {
    code: 'unsupported_media_type',
    status: 415,
    type: caller,
    provoke: async (gateways) =>
      ask(await gateways.of('open'), { path: CHAT, headers: { 'content-type': 'text/plain' }, body: '{}' }),
  },
  {
    code: 'headers_too_large',
    status: 431,
    type: caller,
    provoke: async (gateways) =>
      askRaw(
        await gateways.of('open'),
        `GET /health HTTP/1.1\r\nhost: localhost\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`,
      ),
  },
];

/** Errors caused by the gateway itself. */
export const GATEWAY_ERRORS: readonly ErrorRow[] = [
  {
    code: 'no_target',
    status: 503,
    type: 'api_error',
    provoke: async (gateways) =>
      ask(await gateways.of('open'), { path: CHAT, body: { model: 'dark/gpt', messages } }),
  },
  {
    code: 'overloaded',
    status: 503,
    type: 'api_error',
    provoke: async (gateways) => {
      const gateway = await gateways.of('open');
      const hold = gateway.app.admission.reserve(512 * 1024 * 1024);
      const answer = await ask(gateway, { path: CHAT, body: { messages } });
      hold.release();
      return answer;
    },
  },
  {
    code: 'queue_full',
    status: 503,
    type: 'api_error',
    provoke: async (gateways) => askFullLane(await gateways.of('open'), 'impatient'),
    headers: { 'retry-after': /^\d+$/ },
  },
  {
    code: 'queue_timeout',
    status: 503,
    type: 'api_error',
    provoke: async (gateways) => askFullLane(await gateways.of('open'), 'patient'),
    headers: { 'retry-after': /^\d+$/ },
  },
  {
    code: 'draining',
    status: 503,
    type: 'api_error',
    provoke: async (gateways) => ask(await gateways.of('draining'), { path: CHAT, body: { messages } }),
  },
  {
    code: 'store_unavailable',
    status: 503,
    type: 'api_error',
    provoke: async (gateways) => ask(await gateways.of('stateless'), { path: '/api/audit' }),
  },
  {
    code: 'loop_detected',
    status: 508,
    type: 'api_error',
    provoke: async (gateways) =>
      ask(await gateways.of('open'), {
        path: CHAT,
        headers: { 'x-laneway-hop': '3' },
        body: { messages },
      }),
  },
  {
    code: 'internal_error',
    status: 500,
    type: 'api_error',
    provoke: async (gateways) => ask(await gateways.of('broken'), { path: '/api/audit' }),
  },
];

/** Codes of the catalogue that are not sent yet (marked "Not sent yet" in docs/errors.md). */
export const NOT_SENT_YET: readonly ErrorCode[] = [];

/** Planned codes that are not in the catalogue yet. */
export const LATER_CODES: readonly string[] = [
  'role_required',
  'target_not_allowed',
  'budget_exceeded',
  'too_many_in_flight',
];

/** Asks for a lane while another request has its only place. */
async function askFullLane(gateway: TestGateway, name: string): Promise<Answer> {
  const held = gateway.app.limiter.laneGate(gateway.app.registry.lane(name))?.tryEnter();
  const answer = await ask(gateway, { path: CHAT, body: { model: name, messages } });
  held?.leave();
  return answer;
}
