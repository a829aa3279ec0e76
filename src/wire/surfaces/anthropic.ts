import type { GatewayError } from '../../protocol/errors.ts';
import { asciiHeader } from '../../util/ascii.ts';
import { isJsonObject } from '../json/value.ts';
import type { Surface } from '../surface.ts';
import { commentLine } from './comment.ts';

const HEARTBEAT = Buffer.from('event: ping\ndata: {"type":"ping"}\n\n');

/** Claude Code compacts the conversation if an error message contains this phrase. */
const TOO_LONG = 'prompt is too long';

/** Anthropic's error types (Anthropic documentation, "Errors"). */
const OWN_TYPE = /^(?:[a-z_]+_error|request_too_large)$/;

const ERROR_SCHEMA = {
  type: 'object',
  required: ['type', 'error', 'request_id'],
  properties: {
    type: { const: 'error' },
    error: {
      type: 'object',
      required: ['type', 'message'],
      properties: {
        type: { type: 'string', description: 'It follows from the status.', examples: ['not_found_error'] },
        message: { type: 'string', description: 'What is wrong, and how to fix it.' },
      },
    },
    request_id: { type: 'string' },
  },
};

/** The surface for Anthropic's clients. */
export const anthropicSurface: Surface = {
  forwardedHeaders: ['anthropic-version', 'anthropic-beta'],
  clientHeader: 'anthropic-version',
  requestIdHeader: 'request-id',
  passesError: isAnthropicError,
  errorSchema: { name: 'AnthropicError', schema: ERROR_SCHEMA },
  errorBody: (error, requestId) => Buffer.from(envelope(error, requestId)),
  errorEvent,
  // Wire cases 2, 132.
  heartbeat: (waitsFor) =>
    waitsFor === null ? HEARTBEAT : Buffer.concat([Buffer.from(commentLine(waitsFor)), HEARTBEAT]),
  targetComment: (target) => Buffer.from(`: laneway-target ${asciiHeader(target)}\n\n`),
};

/**
 * Is the body Anthropic's error envelope, with a type of its own? The HTML page of a proxy is not, nor is the error of
 * another server with this wire: vLLM's types are `BadRequestError`, `Service Unavailable` and the like.
 */
function isAnthropicError(body: Buffer): boolean {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (!isJsonObject(parsed) || parsed['type'] !== 'error' || !isJsonObject(parsed['error'])) return false;
    const { type } = parsed['error'];
    return typeof type === 'string' && OWN_TYPE.test(type);
  } catch {
    return false;
  }
}

/**
 * No `message_stop` follows. The error of an upstream that speaks the same wire is passed unchanged (wire case 140).
 */
function errorEvent(error: GatewayError, requestId: string): Buffer {
  const raw = error.options.raw?.body.toString('utf8') ?? '\n';
  // The upstream's body fits into an event only if it is a single line.
  const data = /[\r\n]/.test(raw) ? envelope(error, requestId) : raw;
  return Buffer.from(`event: error\ndata: ${data}\n\n`);
}

function envelope(error: GatewayError, requestId: string): string {
  const isTooLong = error.code === 'context_length_exceeded' && !error.message.startsWith(TOO_LONG);
  const message = isTooLong ? `${tooLong(error)}${error.message}` : error.message;
  const details = error.options.messagesDetails;
  return JSON.stringify({
    type: 'error',
    error: { type: errorType(error.status), message, ...(details === undefined ? null : { details }) },
    request_id: requestId,
  });
}

/**
 * The beginning of Anthropic's message for a prompt that is too long, with the numbers where they are known. If only the
 * limit of the output did not fit, its message for that (anthropics/claude-code#228), since a client would shorten its
 * conversation for nothing.
 */
function tooLong({ options: { overflow } }: GatewayError): string {
  const { tokens = null, window = null, output, prompt = null } = overflow ?? {};
  if (output !== undefined && window !== null) {
    return prompt === null
      ? `max_tokens: ${output} > ${window}, which is the size of the context; `
      : `input length and \`max_tokens\` exceed context limit: ${prompt} + ${output} > ${window}, decrease input length or \`max_tokens\` and try again; `;
  }
  return tokens === null || window === null
    ? `${TOO_LONG}: `
    : `${TOO_LONG}: ${tokens} tokens > ${window} maximum; `;
}

/** Anthropic's error type for a status (Anthropic documentation, "Errors"). */
function errorType(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 402:
      return 'billing_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 413:
      return 'request_too_large';
    case 429:
      return 'rate_limit_error';
    case 503:
    case 529:
      return 'overloaded_error';
    default:
      return status >= 500 ? 'api_error' : 'invalid_request_error';
  }
}
