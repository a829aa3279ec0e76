import { parseReply } from '../reply-body.ts';
import type { ChatReply, ReplyPart } from '../../protocol/chat.ts';
import { parseExact } from '../json/exact.ts';
import { WireFault } from '../fault.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';
import { finishReason, refusalWords } from './finish-reason.ts';
import { MessagesUsage } from './usage.ts';

/**
 * Reads a whole Messages reply (wire-formats 3.2). Blocks that have no twin, such as the vendor's own tools, are skipped
 * (wire case 120). Throws a `WireFault`: `malformed` when it is no message, `error_event` for an error under a 200.
 */
export function decodeMessagesReply(body: Buffer): ChatReply {
  const message = parseReply(body, parseExact);
  const { content, stop_reason: stopReason } = message;
  if (!Array.isArray(content)) throw new WireFault('malformed', 'the reply holds no content');
  if (typeof stopReason !== 'string') throw new WireFault('malformed', 'the reply has no stop reason');
  const usage = new MessagesUsage();
  usage.read(message['usage']);
  const id = filledString(message['id']);
  const parts: ReplyPart[] = [];
  for (const block of content as readonly unknown[]) {
    const part = isJsonObject(block) ? readBlock(block, id, parts.length) : null;
    if (part !== null) parts.push(part);
  }
  const called = parts.some(({ type }) => type === 'tool-call');
  return {
    id,
    model: filledString(message['model']),
    parts,
    refusal: stopReason === 'refusal' ? refusalWords(message) : null,
    finish: finishReason(stopReason, called),
    stopSequence: filledString(message['stop_sequence']),
    usage: usage.total,
  };
}

function readBlock(block: JsonObject, messageId: string | null, position: number): ReplyPart | null {
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
      const { id, name } = callOf(block, messageId, position);
      return { type: 'tool-call', id, name, arguments: inputText(block['input']) };
    }
    default:
      return null;
  }
}

/**
 * The id and name of a `tool_use` block. An id that the server left out is made up, from
 * the message's own, since clients need one (wire case 77). Throws a `WireFault` `malformed` without a name.
 */
export function callOf(
  block: JsonObject,
  messageId: string | null,
  position: number,
): { readonly id: string; readonly name: string } {
  const name = filledString(block['name']);
  if (name === null) throw new WireFault('malformed', 'a tool call of the reply has no name');
  return {
    id: filledString(block['id']) ?? `toolu_${messageId ?? ''}_${position}`,
    name,
  };
}

/** The JSON text of a call's input; `{}` where there is none (wire case 61). */
export function inputText(input: unknown): string {
  return input === undefined || input === null ? '{}' : JSON.stringify(input);
}
