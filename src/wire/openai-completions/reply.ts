import type { UnaryReply } from '../exchange.ts';
import { WireFault } from '../fault.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';
import { readUsage } from '../openai-chat/usage.ts';
import { parseReply } from '../reply-body.ts';
import { requireCompletion } from './choices.ts';

/** Checks a whole reply and reads its usage; the bytes pass as they are. Throws a `WireFault` when it is none. */
export function passReply(body: Buffer): UnaryReply {
  const reply = parseReply(body);
  const { choices } = reply;
  if (!Array.isArray(choices) || choices.length === 0 || !choices.every(isChoice)) {
    throw new WireFault('malformed', 'the reply holds no choice');
  }
  for (const choice of choices) requireCompletion(choice);
  return { body, usage: readUsage(reply), model: filledString(reply['model']), signatures: [] };
}

function isChoice(choice: unknown): choice is JsonObject {
  return isJsonObject(choice) && typeof choice['text'] === 'string';
}
