import type { GatewayError } from '../../protocol/errors.ts';
import { asciiHeader } from '../../util/ascii.ts';

const PING = Buffer.from(': ping\n\n');

/** The error envelope of the OpenAI surface and of Laneway's own API (API section 2). */
export function openAiErrorBody(error: GatewayError): Buffer {
  return Buffer.from(JSON.stringify({ error: error.body }));
}

/**
 * The one shape of a mid-stream error that every client understands (wire-formats 1.6, case 12): no `event:` name,
 * and no `[DONE]` after it.
 */
export function openAiErrorEvent(error: GatewayError): Buffer {
  return Buffer.from(`data: ${JSON.stringify({ error: error.body })}\n\n`);
}

/** A comment that keeps a silent stream alive (wire case 2). */
export function openAiPing(): Buffer {
  return PING;
}

/** Names the target in a stream whose headers had to go out before one was chosen (API section 3). */
export function openAiTargetComment(target: string): Buffer {
  return Buffer.from(`: laneway-target ${asciiHeader(target)}\n\n`);
}
