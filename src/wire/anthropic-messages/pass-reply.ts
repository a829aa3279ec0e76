import { parseReply } from '../reply-body.ts';
import type { UnaryReply } from '../exchange.ts';
import { WireFault } from '../fault.ts';
import { BodyPatch } from '../json/patch.ts';
import { scanFields } from '../json/scan.ts';
import { filledString, isJsonObject } from '../json/value.ts';
import { fittingReason } from './finish-reason.ts';
import { MessagesUsage } from './usage.ts';

/**
 * Checks a whole reply whose client speaks this wire too, and reads its usage; the bytes pass as they are but for a stop
 * reason that does not fit the calls (wire cases 62, 63). Throws a `WireFault`: `malformed` when it is no message,
 * `error_event` for an error under a 200.
 */
export function passReply(body: Buffer): UnaryReply {
  const message = parseReply(body);
  const { content, stop_reason: stopReason } = message;
  if (!Array.isArray(content)) throw new WireFault('malformed', 'the reply holds no content');
  if (typeof stopReason !== 'string') throw new WireFault('malformed', 'the reply has no stop reason');
  if (!content.every(isBlock)) throw new WireFault('malformed', 'the reply holds a block that is none');
  const usage = new MessagesUsage();
  usage.read(message['usage']);
  const fitting = fittingReason(stopReason, content.some(isCall));
  return {
    body: fitting === stopReason ? body : withStopReason(body, fitting),
    usage: usage.total,
    model: filledString(message['model']),
    signatures: content.flatMap(signatureOf),
  };
}

/** Blocks of kinds that are not known pass (wire case 120); what clients read without looking must be there. */
function isBlock(block: unknown): boolean {
  if (!isJsonObject(block)) return false;
  switch (block['type']) {
    case 'text':
      return typeof block['text'] === 'string';
    case 'thinking':
      return typeof block['thinking'] === 'string';
    case 'tool_use':
      return filledString(block['name']) !== null;
    default:
      return filledString(block['type']) !== null;
  }
}

function isCall(block: unknown): boolean {
  return isJsonObject(block) && block['type'] === 'tool_use';
}

function withStopReason(body: Buffer, reason: string): Buffer {
  const patch = new BodyPatch(body, scanFields(body));
  patch.set('stop_reason', JSON.stringify(reason));
  return Buffer.concat([patch.apply()].flat());
}

function signatureOf(block: unknown): string[] {
  if (!isJsonObject(block)) return [];
  const key =
    block['type'] === 'thinking' ? 'signature' : block['type'] === 'redacted_thinking' ? 'data' : null;
  const signature = key === null ? null : filledString(block[key]);
  return signature === null ? [] : [signature];
}
