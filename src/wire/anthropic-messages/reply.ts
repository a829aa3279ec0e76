import type { ChatReply } from '../../protocol/chat.ts';
import { saysError } from '../error-body.ts';
import { WireFault } from '../exchange.ts';
import { filledString, isJsonObject } from '../json-value.ts';
import { errorFault } from '../stream-fault.ts';
import { finishReason, refusalWords } from './stop-reason.ts';
import { MessagesUsage } from './usage.ts';

/**
 * Reads a whole Messages reply. Blocks of other types than text and thinking are skipped (wire case 120). Throws a
 * `WireFault`: `malformed` when it is no message, `error_event` for an error under a 200.
 */
export function readMessagesReply(body: Buffer): ChatReply {
  let message: unknown;
  try {
    message = JSON.parse(body.toString('utf8'));
  } catch {
    throw new WireFault('malformed', 'the reply is not JSON');
  }
  if (!isJsonObject(message)) throw new WireFault('malformed', 'the reply is not a JSON object');
  if (saysError(message)) throw errorFault(body);
  const { content, stop_reason: stopReason } = message;
  if (!Array.isArray(content)) throw new WireFault('malformed', 'the reply holds no content');
  if (typeof stopReason !== 'string') throw new WireFault('malformed', 'the reply has no stop reason');
  const usage = new MessagesUsage();
  usage.read(message['usage']);
  return {
    id: filledString(message['id']),
    model: filledString(message['model']),
    text: joinBlocks(content, 'text', 'text'),
    reasoning: joinBlocks(content, 'thinking', 'thinking'),
    refusal: stopReason === 'refusal' ? refusalWords(message) : null,
    finish: finishReason(stopReason),
    usage: usage.total,
  };
}

function joinBlocks(content: readonly unknown[], type: string, key: string): string | null {
  let joined: string | null = null;
  for (const block of content) {
    if (!isJsonObject(block) || block['type'] !== type) continue;
    const text = block[key];
    if (typeof text === 'string') joined = (joined ?? '') + text;
  }
  return joined;
}
