import { openAi, type FailureRow } from './failure-bodies.ts';

const REFUSED = ['bad_request', 'upstream_bad_request', 'rejected the request (400)'] as const;
const UNKNOWN = ['gone', 'model_not_found', 'did not recognize the model (404)'] as const;
const BUSY = ['busy', 'upstream_busy', 'was overloaded (503)'] as const;

const NO_MODEL = 'The model `no-such-model` does not exist. Valid aliases: smollm2-135m.';
const FULL =
  'The engine is currently busy and cannot accept new requests. Please try again later or on a different instance.';
const NO_PARSER = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set';

const chat = (message: string, type: string, code: number, param: string | null = null): unknown => ({
  error: { message, type, param, code },
});
/** The envelope of its /v1/messages; the types are its own. */
const messages = (type: string, message: string): unknown => ({ type: 'error', error: { type, message } });

/** vLLM 0.32.0 on a CPU, recorded on 2026-11-29. Its overflows are with those of the other servers. */
// prettier-ignore
export const VLLM_ROWS: readonly FailureRow[] = [
  ['vLLM, model unknown', 404, chat(NO_MODEL, 'NotFoundError', 404, 'model'), ...UNKNOWN],
  ['vLLM, model unknown, on the Messages wire', 404, messages('NotFoundError', NO_MODEL), ...UNKNOWN],
  ['vLLM, queue full', 503, chat(FULL, 'Service Unavailable', 503), ...BUSY],
  ['vLLM, queue full, on the Messages wire', 503, messages('Service Unavailable', FULL), ...BUSY],
  ['vLLM, tools without its parser options', 400, chat(NO_PARSER, 'BadRequestError', 400), ...REFUSED],
  ['vLLM, tools without its parser options, on the Messages wire', 400, messages('BadRequestError', NO_PARSER), ...REFUSED],
  ['vLLM, a required tool without its parser', 400, chat('tool_choice="required" requires --tool-call-parser to be set', 'BadRequestError', 400), ...REFUSED],
  ['vLLM, a named tool without its parser', 400, chat('tool_choice=function "get_weather" requires --tool-call-parser to be set', 'BadRequestError', 400), ...REFUSED],
  ['vLLM, a named tool that is not in the list', 400, chat('The tool specified in `tool_choice` does not match any of the specified `tools` (parameter=tool_choice)', 'BadRequestError', 400, 'tool_choice'), ...REFUSED],
  ['vLLM, no or a wrong key, or one in x-api-key', 401, { error: 'Unauthorized' }, 'auth', 'upstream_auth', 'rejected the API key (401)'],
  ['vLLM, engine died', 500, openAi('EngineCore encountered an issue. See stack trace (above) for the root cause.', 'InternalServerError', 500), 'unanswered', 'upstream_error', 'failed (500)'],
  ['vLLM, engine died, in a stream', 200, openAi('EngineCore encountered an issue. See stack trace (above) for the root cause.', 'InternalServerError', 500), 'unanswered', 'upstream_error', 'failed (error inside its reply)'],
  ['vLLM, after SIGTERM', 500, openAi('cannot schedule new futures after shutdown', 'InternalServerError', 500), 'unanswered', 'upstream_error', 'failed (500)'],
];

/** The same server's replies to `max_tokens: 0`. The first one has the words of a prompt as long as the window. */
// prettier-ignore
export const NO_OUTPUT_ROWS: readonly FailureRow[] = [
  ['vLLM, max_tokens 0', 400, chat('max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)', 'BadRequestError', 400, 'max_tokens'), ...REFUSED],
  ['vLLM, max_tokens 0 on the Messages wire', 400, chat("1 validation error:\n  {'type': 'value_error', 'loc': 'body.max_tokens', 'msg': 'Value error, max_tokens must be positive', 'input': '0', 'ctx': {'error': ValueError('max_tokens must be positive')}}", 'Bad Request', 400, 'body.max_tokens'), ...REFUSED],
];
