import type { GatewayError } from '../../protocol/errors.ts';
import type { Surface } from '../surface.ts';
import { openAiSurface } from './openai.ts';

/**
 * The surface for clients of OpenAI's Responses API. It is that of OpenAI's other clients, apart from errors in a stream.
 */
export const responsesSurface: Surface = { ...openAiSurface, errorEvent };

/**
 * Two events. `error` ends a stream in OpenAI's SDKs, which read the nested object, and in the AI SDK, which may read
 * the flat keys; Codex ignores it and reads the code and message of `response.failed` (`codex-api/src/sse/responses.rs`
 * in openai/codex). OpenAI sends both in this order. The sequence numbers are not those of the stream: nobody resumes
 * one that failed.
 */
function errorEvent(error: GatewayError, requestId: string): Buffer {
  const { message, param, code, type } = error.body;
  const flat = { type: 'error', sequence_number: 0, code, message, param };
  const failed = {
    type: 'response.failed',
    sequence_number: 1,
    response: failedResponse(requestId, {
      code: failureCode(error),
      message: failureMessage(error),
      param,
      type,
    }),
  };
  const nested = { ...flat, error: { message, type, param, code } };
  return Buffer.from(
    `event: error\ndata: ${JSON.stringify(nested)}\n\nevent: response.failed\ndata: ${JSON.stringify(failed)}\n\n`,
  );
}

function failedResponse(requestId: string, error: object): object {
  return {
    id: `resp_${requestId}`,
    object: 'response',
    created_at: 0,
    status: 'failed',
    error,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: '',
    output: [],
    parallel_tool_calls: true,
    temperature: null,
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    usage: null,
  };
}

/** The codes by which Codex decides whether to repeat a turn; every other one is repeated. */
function failureCode({ code, status, body }: GatewayError): string {
  switch (code) {
    case 'context_length_exceeded':
    case 'insufficient_quota':
      return code;
    case 'upstream_rate_limited':
      return 'rate_limit_exceeded';
    case 'overloaded':
    case 'upstream_busy':
    case 'model_loading':
      return 'server_is_overloaded';
    default:
      return status < 500 ? 'invalid_prompt' : (body.code ?? 'server_error');
  }
}

/** Codex reads the time to wait in the message. */
function failureMessage({ code, message, options: { retryAfterS } }: GatewayError): string {
  if (code !== 'upstream_rate_limited' || retryAfterS === undefined) return message;
  return `${message}; try again in ${retryAfterS}s`;
}
