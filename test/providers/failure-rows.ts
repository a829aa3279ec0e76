import type { ErrorCode } from '../../src/protocol/errors.ts';
import type { FailureClass } from '../../src/protocol/failure.ts';

/** A recorded reply and its classification. */
export type FailureRow = readonly [
  name: string,
  status: number,
  body: unknown,
  failureClass: FailureClass,
  code: ErrorCode,
  summary: string,
];

/** OpenAI's envelope. */
export const openAi = (message: string, type: string, code: string | number | null = null): unknown => ({
  error: { message, type, param: null, code },
});

/** llama-server's envelope. */
export const llama = (code: number, message: string, type: string): unknown => ({
  error: { code, message, type },
});

/** Anthropic's envelope. */
export const anthropic = (type: string, message: string, details?: unknown): unknown => ({
  type: 'error',
  error: { type, message, ...(details === undefined ? {} : { details }) },
  request_id: 'req_fake',
});

/** Bodies as the servers sent them: llama-server b11434, its router, Ollama v0.17.4, and the sources of the rules. */
// prettier-ignore
export const FAILURE_ROWS: readonly FailureRow[] = [
  ['llama-server while it loads', 503, llama(503, 'Loading model', 'unavailable_error'), 'loading', 'model_loading', 'was still loading (503)'],
  ['llama-server without a free slot', 503, llama(503, 'no slot available', 'unavailable_error'), 'busy', 'upstream_busy', 'was overloaded (503)'],
  ['router, model not loaded', 400, llama(400, 'model is not loaded', 'invalid_request_error'), 'loading', 'model_loading', 'had not loaded the model (400)'],
  ['router, model still loading', 500, 'proxy error: Could not establish connection', 'loading', 'model_loading', 'was still loading the model (500)'],
  ['router, child cut off', 500, 'proxy error: Failed to read connection', 'unanswered', 'upstream_error', 'failed (500)'],
  ['router, model unknown', 400, llama(400, "model 'no-such-model' not found", 'invalid_request_error'), 'gone', 'model_not_found', 'did not recognize the model (400)'],
  ['router, no model', 400, llama(400, 'model name is missing from the request', 'invalid_request_error'), 'bad_request', 'upstream_bad_request', 'rejected the request (400)'],
  ['router, child cannot load', 500, llama(500, 'model name=broken failed to load', 'server_error'), 'unanswered', 'upstream_error', 'failed (500)'],
  ['llama-server, image to a text model', 500, llama(500, 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj', 'server_error'), 'bad_request', 'upstream_bad_request', 'rejected the request (500)'],
  ['llama-server, chat on an embeddings model', 500, llama(500, 'the current context does not support logits computation. skipping', 'server_error'), 'bad_request', 'upstream_bad_request', 'rejected the request (500)'],
  ['llama-server, embeddings input too long', 500, llama(500, 'input (6833 tokens) is too large to process. increase the physical batch size (current batch size: 512)', 'server_error'), 'bad_request', 'upstream_bad_request', 'rejected the request (500)'],
  ['Anthropic, thinking of another model', 400, anthropic('invalid_request_error', 'messages.1.content.0: Invalid `signature` in `thinking` block'), 'bad_request', 'upstream_bad_request', 'rejected the request (400)'],
  ['Mistral, thinking of another model', 422, { detail: [{ type: 'extra_forbidden', loc: ['body', 'messages', 2, 'assistant', 'reasoning_content'], msg: 'Extra inputs are not permitted' }] }, 'bad_request', 'upstream_bad_request', 'rejected the request (422)'],
  ['llama-server, bad JSON', 400, llama(400, '[json.exception.parse_error.101] parse error at line 1, column 29', 'invalid_request_error'), 'bad_request', 'upstream_bad_request', 'rejected the request (400)'],
  ['llama-server, unknown path', 404, llama(404, 'File Not Found', 'not_found_error'), 'bad_request', 'upstream_bad_request', 'rejected the request (404)'],
  ['llama-server, wrong key', 401, llama(401, 'Invalid API Key', 'authentication_error'), 'auth', 'upstream_auth', 'rejected the API key (401)'],
  ['llama-server, prompt over the context (distinguished later)', 400, llama(400, 'request (4349 tokens) exceeds the available context size (2048 tokens), try increasing it', 'exceed_context_size_error'), 'bad_request', 'upstream_bad_request', 'rejected the request (400)'],
  ['Ollama /v1, model unknown', 404, openAi("model 'no-such-model' not found", 'api_error'), 'gone', 'model_not_found', 'did not recognize the model (404)'],
  ['Ollama native, model unknown', 404, { error: 'model "x" not found, try pulling it first' }, 'gone', 'model_not_found', 'did not recognize the model (404)'],
  ['Ollama, no model', 400, openAi('model is required', 'api_error'), 'bad_request', 'upstream_bad_request', 'rejected the request (400)'],
  ['Ollama, chat on an embeddings model', 400, { error: '"minilm-l6-v2" does not support chat' }, 'bad_request', 'upstream_bad_request', 'rejected the request (400)'],
  ['Ollama, unusable schema', 500, openAi('invalid JSON schema in format', 'api_error'), 'unanswered', 'upstream_error', 'failed (500)'],
  ['Ollama, queue full', 503, { error: 'server busy, please try again.  maximum pending requests exceeded' }, 'busy', 'upstream_busy', 'was overloaded (503)'],
  ['Ollama, unknown path', 404, '404 page not found', 'bad_request', 'upstream_bad_request', 'rejected the request (404)'],
  ['vLLM, model unknown', 404, openAi('The model `x` does not exist.', 'NotFoundError', 404), 'gone', 'model_not_found', 'did not recognize the model (404)'],
  ['OpenAI, model unknown', 404, openAi('The model `x` does not exist or you do not have access to it.', 'invalid_request_error', 'model_not_found'), 'gone', 'model_not_found', 'did not recognize the model (404)'],
  ['OpenAI, project without the model', 403, openAi('Project `p` does not have access to model `x`', 'invalid_request_error', 'model_not_found'), 'gone', 'model_not_found', 'did not recognize the model (403)'],
  ['OpenAI, quota', 429, openAi('You exceeded your current quota, please check your plan and billing details.', 'insufficient_quota', 'insufficient_quota'), 'quota', 'insufficient_quota', 'had no quota left (429)'],
  ['OpenAI, rate limit', 429, openAi('Rate limit reached for gpt-4o in organization org-x on tokens per min', 'tokens', 'rate_limit_exceeded'), 'rate_limited', 'upstream_rate_limited', 'was rate limited (429)'],
  ['OpenAI, overloaded', 503, openAi('The engine is currently overloaded, please try again later', 'server_error'), 'busy', 'upstream_busy', 'was overloaded (503)'],
  ['OpenAI, wrong key', 401, openAi('Incorrect API key provided: sk-fake-****1234.', 'invalid_request_error', 'invalid_api_key'), 'auth', 'upstream_auth', 'rejected the API key (401)'],
  ['OpenAI, country', 403, openAi('Country, region, or territory not supported', 'request_forbidden', 'unsupported_country_region_territory'), 'auth', 'upstream_auth', 'denied access (403)'],
  ['OpenAI, bad parameter', 400, openAi("Unsupported parameter: 'max_tokens'", 'invalid_request_error', 'unsupported_parameter'), 'bad_request', 'upstream_bad_request', 'rejected the request (400)'],
  ['OpenAI, internal', 500, openAi('The server had an error while processing your request', 'server_error'), 'unanswered', 'upstream_error', 'failed (500)'],
  ['xAI, wrong key as 400', 400, { code: 'invalid-argument', error: 'Incorrect API key provided: xa***ke. You can obtain an API key from https://console.x.ai.' }, 'auth', 'upstream_auth', 'rejected the API key (400)'],
  ['xAI, no credit as 403', 403, { error: "Your newly created team doesn't have any credits or licenses yet." }, 'quota', 'insufficient_quota', 'had no credit left (403)'],
  ['xAI, no credit as 429', 429, { error: 'Your team t has either used all available credits or reached its monthly spending limit.' }, 'quota', 'insufficient_quota', 'had no credit left (429)'],
  ['Gemini, wrong key as 400', 400, [{ error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' } }], 'auth', 'upstream_auth', 'rejected the API key (400)'],
  ['Groq, model ended', 400, openAi('The model `mixtral-8x7b-32768` has been decommissioned and is no longer supported.', 'invalid_request_error', 'model_decommissioned'), 'gone', 'model_not_found', 'did not recognize the model (400)'],
  ['wire case 163: Groq, tool use failed', 400, openAi('Failed to call a function.', 'invalid_request_error', 'tool_use_failed'), 'bad_request', 'upstream_bad_request', 'rejected the request (400)'],
  ['wire case 164: Groq, flex tier full', 498, openAi('capacity exceeded', 'capacity'), 'busy', 'upstream_busy', 'was overloaded (498)'],
  ['a Laneway upstream, loop detected', 508, openAi('loop detected', 'api_error', 'loop_detected'), 'bad_request', 'loop_detected', 'routed the request back to this gateway (508)'],
  ['wire case 117: Anthropic, overloaded', 529, anthropic('overloaded_error', 'Overloaded'), 'busy', 'upstream_busy', 'was overloaded (529)'],
  ['wire case 117: Anthropic, spend limit', 429, anthropic('rate_limit_error', 'limit', { error_code: 'enforced_spend_limit_reached' }), 'quota', 'insufficient_quota', 'had no quota left (429)'],
  ['wire case 117: Anthropic, contract limit', 429, anthropic('rate_limit_error', 'limit', { error_code: 'contract_spend_limit_reached' }), 'quota', 'insufficient_quota', 'had no quota left (429)'],
  ['wire case 117: Anthropic, ramp limit', 429, anthropic('rate_limit_error', 'limit', { error_code: 'ramp_limit_exceeded' }), 'quota', 'insufficient_quota', 'had no quota left (429)'],
  ['wire case 117: Anthropic, usage limit in the message only', 429, anthropic('rate_limit_error', 'You have reached your specified API usage limits. You will regain access on 2026-01-01 at 00:00 UTC.'), 'quota', 'insufficient_quota', 'had no credit left (429)'],
  ['Anthropic, usage limit as 400', 400, anthropic('invalid_request_error', 'You have reached your specified API usage limits.'), 'quota', 'insufficient_quota', 'had no credit left (400)'],
  ['a monthly spend limit in the message only', 429, anthropic('rate_limit_error', 'Your workspace has reached its monthly spend limit'), 'quota', 'insufficient_quota', 'had no credit left (429)'],
  ['OpenAI, hard limit as 400', 400, openAi('Billing hard limit has been reached', 'invalid_request_error', 'billing_hard_limit_reached'), 'quota', 'insufficient_quota', 'had no quota left (400)'],
  ['Anthropic, rate limit', 429, anthropic('rate_limit_error', 'This request would exceed your rate limit'), 'rate_limited', 'upstream_rate_limited', 'was rate limited (429)'],
  ['Anthropic, billing', 402, anthropic('billing_error', 'payment required'), 'quota', 'insufficient_quota', 'had no quota left (402)'],
  ['Anthropic, no credit as 400', 400, anthropic('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'), 'quota', 'insufficient_quota', 'had no credit left (400)'],
  ['Anthropic, model unknown', 404, anthropic('not_found_error', 'model: claude-3-7-sonnet-latest'), 'gone', 'model_not_found', 'did not recognize the model (404)'],
  ['Anthropic, unknown path', 404, anthropic('not_found_error', 'Not Found'), 'bad_request', 'upstream_bad_request', 'rejected the request (404)'],
  ['Anthropic, wrong key', 401, anthropic('authentication_error', 'invalid x-api-key'), 'auth', 'upstream_auth', 'rejected the API key (401)'],
  ['DeepSeek, model unknown', 400, openAi('Model Not Exist', 'invalid_request_error', 'invalid_request_error'), 'gone', 'model_not_found', 'did not recognize the model (400)'],
  ['Mistral, model unknown', 400, { object: 'error', message: 'Invalid model: x', type: 'invalid_model', code: '1500' }, 'gone', 'model_not_found', 'did not recognize the model (400)'],
  ['OpenRouter, model unknown', 400, openAi('x/y is not a valid model ID', 'invalid_request_error', 400), 'gone', 'model_not_found', 'did not recognize the model (400)'],
  ['413', 413, 'too large', 'bad_request', 'upstream_bad_request', 'rejected the request (413)'],
  ['422 from FastAPI', 422, { detail: [{ loc: ['body', 'model'], msg: 'field required' }] }, 'bad_request', 'upstream_bad_request', 'rejected the request (422)'],
  ['502 with HTML', 502, '<html><h1>502 Bad Gateway</h1></html>', 'unanswered', 'upstream_error', 'failed (502)'],
  ['504', 504, '', 'unanswered', 'upstream_timeout', 'timed out (504)'],
  ['Cloudflare 524', 524, 'error code: 524', 'unanswered', 'upstream_timeout', 'timed out (524)'],
  ['a 501', 501, llama(501, 'This server does not support embeddings.', 'not_supported_error'), 'unanswered', 'upstream_error', 'failed (501)'],
  ['a redirect', 307, '', 'malformed', 'upstream_redirect', 'answered with a redirect (307), which is not followed'],
];
