import { parseReply } from '../../reply-body.ts';
import type { ChatReply, ReplyPart } from '../../../protocol/chat.ts';
import { parseExact } from '../../json/exact.ts';
import { WireFault } from '../../fault.ts';
import { requireFinish } from '../../finish-words.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { CallIds } from '../call-ids.ts';
import { finishReason, refusalExplanation } from '../finish-reason.ts';
import { MessagesUsage } from '../usage.ts';

/**
 * Decodes a unary Messages reply. Blocks without a neutral counterpart, such as those of Anthropic's server tools, are
 * skipped (wire case 120). Throws a `WireFault`: `malformed` if it is not a message, `error_event` for an error with
 * status 200.
 */
export function decodeMessagesReply(body: Buffer): ChatReply {
  const message = parseReply(body, parseExact);
  const { content, stop_reason: stopReason } = message;
  if (!Array.isArray(content)) throw new WireFault('malformed', 'the reply has no content');
  if (typeof stopReason !== 'string') throw new WireFault('malformed', 'the reply has no stop reason');
  requireFinish(stopReason);
  const usage = new MessagesUsage();
  usage.read(message['usage']);
  const id = filledString(message['id']);
  const calls = new CallIds();
  const parts: ReplyPart[] = [];
  for (const block of content as readonly unknown[]) {
    const part = isJsonObject(block) ? readBlock(block, id, calls) : null;
    if (part !== null) parts.push(part);
  }
  return {
    id,
    model: filledString(message['model']),
    parts,
    refusal: stopReason === 'refusal' ? refusalExplanation(message) : null,
    finish: finishReason(stopReason, calls.count > 0),
    stopSequence: filledString(message['stop_sequence']),
    usage: usage.total,
  };
}

function readBlock(block: JsonObject, messageId: string | null, calls: CallIds): ReplyPart | null {
  switch (block['type']) {
    case 'text': {
      const text = filledString(block['text']);
      return text === null ? null : { type: 'text', text };
    }
    case 'thinking': {
      const text = filledString(block['thinking']);
      const signature = filledString(block['signature']);
      return text === null && signature === null ? null : { type: 'thinking', text: text ?? '', signature };
    }
    case 'redacted_thinking': {
      const data = filledString(block['data']);
      return data === null ? null : { type: 'redacted-thinking', data };
    }
    case 'tool_use': {
      const name = filledString(block['name']);
      if (name === null) throw new WireFault('malformed', 'a tool call of the reply has no name');
      const id = calls.next(block['id'], messageId);
      return { type: 'tool-call', id, name, arguments: inputJson(block['input']) };
    }
    default:
      return null;
  }
}

/** The JSON text of a call's input; `{}` if there is none (wire case 61). */
export function inputJson(input: unknown): string {
  return input === undefined || input === null ? '{}' : JSON.stringify(input);
}
