import type { ErrorCode, ErrorType } from '../../../src/protocol/errors.ts';
import { hang, head, json, redirect, reset, text } from '../../support/fake-replies.ts';
import type { Reply } from '../../support/fake-upstream.ts';
import type { ErrorRow } from './errors.ts';
import { ask } from './gateways.ts';

/** Upstream failures, and the error that a client gets when no other target is left. */
const FAILURES: readonly (readonly [code: ErrorCode, status: number, type: ErrorType, reply: Reply])[] = [
  ['upstream_rate_limited', 429, 'rate_limit_error', error(429, 'rate_limit_error', { 'retry-after': '7' })],
  ['insufficient_quota', 429, 'rate_limit_error', error(402, 'billing_error')],
  ['upstream_auth', 502, 'upstream_error', error(403, 'permission_error')],
  ['upstream_malformed', 502, 'upstream_error', text(200, '<html>', { 'content-type': 'text/html' })],
  ['upstream_too_large', 502, 'upstream_error', [head(200, { 'x-long': 'a'.repeat(17 * 1024) })]],
  ['upstream_redirect', 502, 'upstream_error', redirect('http://127.0.0.1:1/')],
  ['upstream_disconnected', 502, 'upstream_error', [reset()]],
  ['upstream_error', 502, 'upstream_error', error(500, 'server_error')],
  ['upstream_busy', 503, 'upstream_error', error(529, 'overloaded_error')],
  ['model_loading', 503, 'upstream_error', error(503, 'unavailable_error', {}, 'Loading model')],
  ['upstream_out_of_memory', 503, 'upstream_error', error(500, 'server_error', {}, 'CUDA out of memory')],
  ['content_filter', 400, 'invalid_request_error', error(400, 'x', {}, 'Content Exists Risk')],
  ['upstream_timeout', 504, 'upstream_error', text(504, 'late')],
  ['upstream_bad_request', 422, 'invalid_request_error', error(422, 'invalid_request_error')],
  [
    'model_not_found',
    404,
    'invalid_request_error',
    error(404, 'invalid_request_error', {}, 'The model does not exist'),
  ],
];

/** The upstream's replies to chats, by model. */
export const REPLIES: ReadonlyMap<string, Reply> = new Map([
  ...FAILURES.map(([code, , , reply]) => [code as string, reply] as const),
  ['silent', [hang()]],
]);

function error(
  status: number,
  type: string,
  headers: Record<string, string> = {},
  message = 'refused for a test',
  code: string | null = null,
): Reply {
  return json(status, { error: { message, type, param: null, code } }, headers);
}

/** A chat with one target that fails in a given way. */
function row(code: ErrorCode, status: number, type: ErrorType, target: string, stream = false): ErrorRow {
  const messages = [{ role: 'user', content: 'Hello?' }];
  return {
    ...{ code, status, type },
    ...(code === 'model_not_found' ? { param: 'model' } : {}),
    provoke: async (gateways) =>
      ask(await gateways.of('open'), {
        path: '/v1/chat/completions',
        body: { model: target, messages, stream },
      }),
  };
}

/** Errors caused by an upstream. */
export const UPSTREAM_ERRORS: readonly ErrorRow[] = [
  ...FAILURES.map(([code, status, type]) => row(code, status, type, `up/${code}`)),
  row('upstream_dns', 502, 'upstream_error', 'nowhere/m'),
  row('upstream_connect', 502, 'upstream_error', 'refused/m'),
  row('upstream_tls', 502, 'upstream_error', 'secure/m'),
  row('upstream_connect_timeout', 504, 'upstream_error', 'hole/m'),
  row('upstream_timeout', 504, 'upstream_error', 'up/silent', true),
  row('deadline_exceeded', 504, 'upstream_error', 'lane:hurried'),
];
