import { ThinkingFilter, withMessages } from '../chat/without-thinking.ts';
import type { ScannedRequest } from '../exchange.ts';
import { isJsonObject } from '../json/value.ts';

/** The request without the signed thinking that must be removed from its `thinking_blocks`. */
export function withoutThinking(
  request: ScannedRequest,
  keptSignatures: readonly string[] | null,
): ScannedRequest {
  const filter = new ThinkingFilter(keptSignatures);
  return withMessages(request, keptSignatures, (messages) => ({
    messages: messages.map((message) => stripMessage(message, filter)),
    removed: [],
  }));
}

function stripMessage(message: unknown, filter: ThinkingFilter): unknown {
  if (!isJsonObject(message) || message['role'] !== 'assistant') return message;
  const { thinking_blocks: blocks, ...rest } = message;
  if (!Array.isArray(blocks)) return message;
  const left = filter.apply(blocks);
  return left.length === 0 ? rest : { ...rest, thinking_blocks: left };
}
