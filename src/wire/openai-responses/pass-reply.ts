import type { UnaryReply } from '../exchange.ts';
import { filledString } from '../json/value.ts';
import { estimatedReplyUsage } from '../chat/reply-usage.ts';
import { completeResponse, encryptedIn } from './complete-response.ts';
import { decodeResponsesReply, parseResponse } from './decode/reply.ts';
import { readResponsesUsage } from './usage.ts';

/** What a client of the same wire needs besides the upstream's reply. */
export interface PassedReply {
  /** For a response that names no model. */
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly estimatedInputTokens: number;
}

/**
 * Validates a whole response for a client of the same wire and reads its usage. The bytes pass unchanged unless keys are
 * missing that clients require. Throws a `WireFault` as `parseResponse` does.
 */
export function passReply(body: Buffer, { model, now, estimatedInputTokens }: PassedReply): UnaryReply {
  const response = parseResponse(body);
  const whole = completeResponse(response, model, now);
  const usage = readResponsesUsage(response);
  return {
    body: whole === response ? body : Buffer.from(JSON.stringify(whole)),
    // For the ledger; the key is optional, and a client gets none that the upstream did not count.
    usage: usage ?? estimatedReplyUsage(decodeResponsesReply(body), { estimatedInputTokens }),
    model: filledString(response['model']),
    signatures: encryptedIn(response),
  };
}
