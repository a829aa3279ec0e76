import type { ArgumentKeys } from '../chat/tools/argument-keys.ts';
import { parseReply } from '../reply-body.ts';
import type { UnaryReply } from '../exchange.ts';
import { WireFault } from '../fault.ts';
import { BodyPatch } from '../json/patch.ts';
import { requireFinish } from '../finish-words.ts';
import { scanFields } from '../json/scan.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';
import { completeReply } from './complete-reply.ts';
import { matchingReason } from './finish-reason.ts';
import { restoreArguments } from './restore-arguments.ts';
import { MessagesUsage } from './usage.ts';

/** What a client of the same wire needs besides the upstream's reply. */
export interface PassedReply {
  /** Property names that the request changed; null: none. */
  readonly keys: ArgumentKeys | null;
  readonly estimatedInputTokens: number;
}

/**
 * Validates a unary reply for a client of the same wire and reads its usage. The bytes pass unchanged, except for a
 * stop reason that contradicts the calls (wire cases 62, 63), property names that the request changed, and what clients
 * require (`complete-reply.ts`). Throws a `WireFault`: `malformed` if it is not a message, `error_event` for an error
 * with status 200.
 */
export function passReply(body: Buffer, { keys, estimatedInputTokens }: PassedReply): UnaryReply {
  const message = parseReply(body);
  const { content, stop_reason: stopReason } = message;
  if (!Array.isArray(content)) throw new WireFault('malformed', 'the reply has no content');
  if (typeof stopReason !== 'string') throw new WireFault('malformed', 'the reply has no stop reason');
  requireFinish(stopReason);
  if (!content.every(isBlock)) throw new WireFault('malformed', 'the reply has an invalid content block');
  const counted = new MessagesUsage();
  counted.read(message['usage']);
  const completed = completeReply(body, message, content, counted, estimatedInputTokens);
  const matching = matchingReason(stopReason, content.some(isCall));
  const restored = keys === null ? completed.body : restoreArguments(completed.body, keys);
  return {
    body: matching === stopReason ? restored : withStopReason(restored, matching),
    usage: completed.usage,
    model: filledString(message['model']),
    signatures: content.flatMap(signatureOf),
  };
}

/** Blocks of unknown types are valid (wire case 120); keys that clients read without a check must be present. */
function isBlock(block: unknown): block is JsonObject {
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
