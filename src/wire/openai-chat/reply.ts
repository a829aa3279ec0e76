import type { ChatReply } from '../../protocol/chat.ts';
import { saysError } from '../error-body.ts';
import { WireFault, type UnaryReply } from '../exchange.ts';
import { filledString, isJsonObject } from '../json-value.ts';
import { errorFault } from '../stream-fault.ts';
import { readUsage, writeUsage } from './usage.ts';

/**
 * Checks a whole reply and reads its usage; the bytes pass as they are. Throws a `WireFault`: `malformed` when it is
 * no JSON object or holds no choice, `error_event` for an error under a 200 (wire case 15).
 */
export function readOpenAiReply(body: Buffer): UnaryReply {
  let reply: unknown;
  try {
    reply = JSON.parse(body.toString('utf8'));
  } catch {
    throw new WireFault('malformed', 'the reply is not JSON');
  }
  if (!isJsonObject(reply)) throw new WireFault('malformed', 'the reply is not a JSON object');
  if (saysError(reply)) throw errorFault(body);
  const { choices } = reply;
  if (!Array.isArray(choices) || choices.length === 0)
    throw new WireFault('malformed', 'the reply holds no choice');
  return { body, usage: readUsage(reply), model: filledString(reply['model']) };
}

/** Writes a translated reply. `created` is in seconds since 1970. */
export function writeOpenAiReply(reply: ChatReply, id: string, created: number): Buffer {
  const message = {
    role: 'assistant',
    content: reply.text,
    ...(reply.reasoning === null ? {} : { reasoning_content: reply.reasoning }),
    refusal: reply.refusal,
  };
  return Buffer.from(
    JSON.stringify({
      id,
      object: 'chat.completion',
      created,
      model: reply.model ?? '',
      choices: [{ index: 0, message, logprobs: null, finish_reason: reply.finish }],
      ...(reply.usage === null ? {} : { usage: writeUsage(reply.usage) }),
    }),
  );
}
