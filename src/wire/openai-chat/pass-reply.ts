import type { UnaryReply } from '../exchange.ts';
import { filledString, isJsonObject } from '../json/value.ts';
import { parseCompletion } from './decode-reply.ts';
import type { NormalizeContext } from './normalize/rule.ts';
import { normalizeReply, presentReply } from './normalize/rules.ts';
import { readUsage, writeUsage } from './usage.ts';

/**
 * Checks a whole reply whose client speaks this wire too, reads its usage and mends it; where no rule applies the bytes
 * pass as they are. Throws a `WireFault` as `parseCompletion` does.
 */
export function passReply(body: Buffer, context: NormalizeContext): UnaryReply {
  const reply = parseCompletion(body);
  const usage = readUsage(reply);
  const model = filledString(reply['model']);
  let changed = normalizeReply(reply, context);
  if (presentReply(reply, context)) changed = true;
  if (usage !== null && !isJsonObject(reply['usage'])) {
    // Told in llama-server's timings or Groq's own field alone; Zed fails without.
    reply['usage'] = writeUsage({ ...usage, cacheWriteTokens: null });
    changed = true;
  }
  return { body: changed ? Buffer.from(JSON.stringify(reply)) : body, usage, model, signatures: [] };
}
