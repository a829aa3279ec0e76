import type { ChatReply, ReplyPart } from '../../../protocol/chat.ts';
import { WireFault } from '../../fault.ts';
import { CallIds } from '../call-ids.ts';
import { finishWithCalls, readLine, type ReplyLine } from '../stream/normalize.ts';

/** Decodes a whole reply of an upstream. Throws a `WireFault` as `readWhole` does. */
export function decodeOllamaChatReply(body: Buffer): ChatReply {
  const { model, thinking, content, calls, finish, usage } = readWhole(body);
  const parts: ReplyPart[] = [];
  // Servers of this wire do not sign their thinking.
  if (thinking !== '') parts.push({ type: 'thinking', text: thinking, signature: null });
  if (content !== '') parts.push({ type: 'text', text: content });
  const ids = new CallIds();
  for (const { id, name, arguments: given } of calls) {
    parts.push({ type: 'tool-call', id: ids.next(id), name, arguments: JSON.stringify(given) });
  }
  return {
    id: null,
    model,
    parts,
    refusal: null,
    finish: finishWithCalls(finish ?? 'stop', calls.length > 0),
    stopSequence: null,
    usage,
  };
}

/**
 * Reads a whole reply. Throws a `WireFault` as `readLine` does, and for a reply without a message, or one that is not
 * the last line: then it is not whole.
 */
export function readWhole(body: Buffer): ReplyLine {
  const line = readLine(body);
  if (!line.done) throw new WireFault('cut', 'ended its reply without a finish reason');
  return line;
}
