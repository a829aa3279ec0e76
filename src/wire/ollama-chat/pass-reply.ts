import type { UnaryReply } from '../exchange.ts';
import { estimatedUsage } from '../usage-estimate.ts';
import { readWhole } from './decode/reply.ts';
import { replyBytes } from './stream/guard.ts';

/**
 * Checks a whole reply for a client of this wire and reads its usage, which is estimated if the upstream counts nothing.
 * The bytes of a canonical reply pass unchanged. Throws a `WireFault` as `readWhole` does.
 */
export function passReply(body: Buffer, estimatedInputTokens: number): UnaryReply {
  const line = readWhole(body);
  return {
    body: line.isOwn ? body : Buffer.from(JSON.stringify(line.value)),
    usage: line.usage ?? estimatedUsage(estimatedInputTokens, replyBytes(line)),
    model: line.model,
    signatures: [],
  };
}
