import type { ChatUsage } from '../../protocol/chat.ts';
import { parseExact } from '../json/exact.ts';
import { BodyPatch } from '../json/patch.ts';
import { lastField, scanFields } from '../json/scan.ts';
import { finiteNumber, isJsonObject, type JsonObject } from '../json/value.ts';
import { estimatedInput, estimatedOutput, textBytes } from '../usage-estimate.ts';
import { completeBlock, withoutNulls } from './complete-block.ts';
import type { MessagesUsage } from './usage.ts';

/** A whole reply for a client, and its usage. */
export interface CompletedReply {
  readonly body: Buffer;
  readonly usage: ChatUsage | null;
}

/**
 * Completes a whole reply for clients that require what some servers omit: its content blocks as in a stream, and the
 * two counts of `usage`, which are then estimated (wire case 127). The bytes pass unchanged if nothing is missing.
 */
export function completeReply(
  body: Buffer,
  message: JsonObject,
  content: readonly JsonObject[],
  counted: MessagesUsage,
  estimatedInputTokens: number,
): CompletedReply {
  const isWhole = content.every((block) => completeBlock(block) === block);
  const usage = requiredCounts(message['usage'], content, estimatedInputTokens);
  if (isWhole && usage === null) return { body, usage: counted.total };
  const fields = scanFields(body);
  const patch = new BodyPatch(body, fields);
  const field = lastField(fields, 'content');
  if (!isWhole && field !== null) {
    const blocks = parseExact(body.toString('utf8', field.valueStart, field.valueEnd)) as JsonObject[];
    patch.set('content', JSON.stringify(blocks.map(completeBlock)));
  }
  if (usage !== null) {
    patch.set('usage', JSON.stringify(usage));
    counted.estimate(usage);
  }
  return { body: Buffer.concat([patch.apply()].flat()), usage: counted.total };
}

/** The usage with both required counts; null if it has them. */
function requiredCounts(
  given: unknown,
  content: readonly JsonObject[],
  estimatedInputTokens: number,
): JsonObject | null {
  const usage = isJsonObject(given) ? given : {};
  const input = finiteNumber(usage['input_tokens']);
  const output = finiteNumber(usage['output_tokens']);
  if (input !== null && output !== null) return null;
  return {
    ...withoutNulls(usage),
    input_tokens: input ?? estimatedInput(estimatedInputTokens),
    output_tokens: output ?? estimatedOutput(bytesOf(content)),
  };
}

function bytesOf(content: readonly JsonObject[]): number {
  let bytes = 0;
  for (const { text, thinking, input } of content) {
    bytes += textBytes(text, thinking, input === undefined ? null : JSON.stringify(input));
  }
  return bytes;
}
