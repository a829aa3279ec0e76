import type { GatewayError } from '../../protocol/errors.ts';
import { asciiHeader } from '../../util/ascii.ts';
import { isJsonObject } from '../json/value.ts';

const PING = Buffer.from('event: ping\ndata: {"type":"ping"}\n\n');

/** What Claude Code looks for before it makes its conversation shorter (wire-formats 2.9: it matches on wording). */
const TOO_LONG = 'prompt is too long';

/** Is it Anthropic's own envelope? A proxy's page of HTML is none. */
export function isMessagesError(body: Buffer): boolean {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return isJsonObject(parsed) && parsed['type'] === 'error' && isJsonObject(parsed['error']);
  } catch {
    return false;
  }
}

/** The error envelope of the Anthropic surface (API section 2). */
export function messagesErrorBody(error: GatewayError, requestId: string): Buffer {
  return Buffer.from(envelope(error, requestId));
}

/**
 * The last event of a stream that failed after its headers; no `message_stop` follows it. An error of an upstream that
 * speaks this wire too keeps its words (wire case 140).
 */
export function messagesErrorEvent(error: GatewayError, requestId: string): Buffer {
  const own = error.options.raw?.body.toString('utf8') ?? '\n';
  // An upstream's own words fit into an event where they are one line.
  const data = /[\r\n]/.test(own) ? envelope(error, requestId) : own;
  return Buffer.from(`event: error\ndata: ${data}\n\n`);
}

/** The event that keeps a silent stream alive (wire cases 2, 132). */
export function messagesPing(): Buffer {
  return PING;
}

/** Names the target in a stream whose headers had to go out before one was chosen (API section 3). */
export function messagesTargetComment(target: string): Buffer {
  return Buffer.from(`: laneway-target ${asciiHeader(target)}\n\n`);
}

function envelope(error: GatewayError, requestId: string): string {
  const isTooLong = error.code === 'context_length_exceeded' && !error.message.includes(TOO_LONG);
  const message = isTooLong ? `${TOO_LONG}: ${error.message}` : error.message;
  const details = error.options.messagesDetails;
  return JSON.stringify({
    type: 'error',
    error: { type: errorType(error.status), message, ...(details === undefined ? null : { details }) },
    request_id: requestId,
  });
}

/** Anthropic's word for a status (API section 2; wire-formats 3.5). */
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
