import type { ChatReply } from '../../../protocol/chat.ts';
import { estimatedReplyUsage } from '../../chat/reply-usage.ts';
import type { ReplyContext } from '../../codec.ts';
import { doneReason, finalFields } from './reply-fields.ts';

/** A whole reply as JSON bytes; `content` has its message or text in the shape of the call. */
export function writeWholeReply(reply: ChatReply, content: object, client: ReplyContext<'chat'>): Buffer {
  const ended = client.wall();
  const times = { started: client.startedAt ?? ended, first: null, ended };
  const usage = reply.usage ?? estimatedReplyUsage(reply, client);
  return Buffer.from(
    JSON.stringify({
      model: reply.model ?? client.modelId,
      created_at: new Date(ended).toISOString(),
      ...content,
      ...finalFields(doneReason(reply.finish), times, usage),
    }),
  );
}
