import type { UnaryReply } from '../exchange.ts';
import { filledString, isJsonObject } from '../json/value.ts';
import { parseCompletion } from './decode-reply.ts';
import type { MendContext, MutableJson } from './normalize/rule.ts';
import { mendReply } from './normalize/rules.ts';
import { readUsage, writeUsage } from './usage.ts';

/**
 * Checks a whole reply whose client speaks this wire too, reads its usage and mends it; where no rule applies the bytes
 * pass as they are. Throws a `WireFault` as `parseCompletion` does.
 */
export function relayOpenAiReply(body: Buffer, context: MendContext): UnaryReply {
  const reply: MutableJson = parseCompletion(body);
  const usage = readUsage(reply);
  const model = filledString(reply['model']);
  let changed = mendReply(reply, context);
  if (usage !== null && !isJsonObject(reply['usage'])) {
    // Told in llama-server's timings or Groq's own field alone; Zed fails without.
    reply['usage'] = writeUsage({ ...usage, cacheWriteTokens: null });
    changed = true;
  }
  return { body: changed ? Buffer.from(JSON.stringify(reply)) : body, usage, model, signatures: [] };
}
