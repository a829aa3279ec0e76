import type { ChatReply, ChatUsage } from '../../protocol/chat.ts';
import type { ReplyContext } from '../codec.ts';
import { estimatedUsage, textBytes } from '../usage-estimate.ts';

/** The usage of a reply whose upstream reported none. */
export function estimatedReplyUsage(
  { parts, refusal }: ChatReply,
  { estimatedInputTokens }: Pick<ReplyContext<'chat'>, 'estimatedInputTokens'>,
): ChatUsage {
  let bytes = textBytes(refusal);
  for (const part of parts) {
    if (part.type === 'tool-call') bytes += textBytes(part.arguments);
    else if (part.type !== 'redacted-thinking') bytes += textBytes(part.text);
  }
  return estimatedUsage(estimatedInputTokens, bytes);
}
