import { ThinkingFilter, withMessages } from '../../chat/request/without-thinking.ts';
import type { ScannedRequest } from '../../exchange.ts';
import { isJsonObject } from '../../json/value.ts';
import { REASONING_KEYS } from './reasoning-keys.ts';

/**
 * The request without the signed thinking that must be removed from its `thinking_blocks`. Without any signed thinking
 * it is the plain thinking that a target has rejected: its keys are removed.
 */
export function withoutThinking(
  request: ScannedRequest,
  keptSignatures: readonly string[] | null,
): ScannedRequest {
  const filter = new ThinkingFilter(keptSignatures);
  const removesPlain = keptSignatures?.length === 0 && request.signatures.length === 0;
  return withMessages(request, keptSignatures, (messages) => ({
    messages: messages.map((message) =>
      removesPlain ? withoutPlain(message) : stripMessage(message, filter),
    ),
    removed: [],
  }));
}

function withoutPlain(message: unknown): unknown {
  if (!isJsonObject(message) || message['role'] !== 'assistant') return message;
  const kept = { ...message };
  for (const key of REASONING_KEYS) delete kept[key];
  return kept;
}

function stripMessage(message: unknown, filter: ThinkingFilter): unknown {
  if (!isJsonObject(message) || message['role'] !== 'assistant') return message;
  const { thinking_blocks: blocks, ...rest } = message;
  if (!Array.isArray(blocks)) return message;
  const left = filter.apply(blocks);
  return left.length === 0 ? rest : { ...rest, thinking_blocks: left };
}
