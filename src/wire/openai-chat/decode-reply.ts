import type { ChatReply, ReplyPart } from '../../protocol/chat.ts';
import { saysError } from '../error-body.ts';
import { WireFault } from '../exchange.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';
import { errorFault } from '../stream-fault.ts';
import { hasFinished } from './stream/chunk.ts';
import { fittingFinish, readFinishReason } from './finish-reason.ts';
import { contentText, hitSequence, reasoningText } from './message-text.ts';
import { argumentsOf, callIdFor } from './stream/tool-deltas.ts';
import { readChatUsage } from './usage.ts';

/**
 * The completion in a whole reply's body. Throws a `WireFault`: `malformed` when it is no JSON object or holds no
 * choice, `error_event` for an error under a 200 (wire case 15).
 */
export function parseCompletion(body: Buffer): JsonObject {
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
  return reply;
}

/**
 * Reads a whole reply of OpenAI's chat wire, of whichever server (wire-formats 3.4): thinking, then text, then calls.
 * Of several choices the first is read; a reply without a finish reason ended in the ordinary way. Throws a
 * `WireFault` as `parseCompletion` does, and `malformed` where the choice holds no message.
 */
export function decodeOpenAiReply(body: Buffer): ChatReply {
  const reply = parseCompletion(body);
  const choice: unknown = (reply['choices'] as readonly unknown[])[0];
  if (!isJsonObject(choice)) throw new WireFault('malformed', 'the reply holds no choice');
  const { message } = choice;
  if (!isJsonObject(message)) throw new WireFault('malformed', 'the reply holds no message');
  const calls = readCalls(message, reply);
  const word = hasFinished(choice) ? String(choice['finish_reason']) : 'stop';
  return {
    id: filledString(reply['id']),
    model: filledString(reply['model']),
    parts: [...readTexts(message), ...calls],
    refusal: filledString(message['refusal']),
    finish: fittingFinish(readFinishReason(word), calls.length > 0),
    stopSequence: hitSequence(choice),
    usage: readChatUsage(reply),
  };
}

function readTexts(message: JsonObject): ReplyPart[] {
  const parts: ReplyPart[] = [];
  const thinking = reasoningText(message);
  // A signature is the maker's alone: thinking of another kind of server has none, and gets none.
  if (thinking !== '') parts.push({ type: 'thinking', text: thinking, signature: null });
  const text = contentText(message['content']);
  if (text !== '') parts.push({ type: 'text', text });
  return parts;
}

function readCalls(message: JsonObject, reply: JsonObject): ReplyPart[] {
  const { tool_calls: calls, function_call: older } = message;
  const entries: readonly unknown[] = Array.isArray(calls) ? calls : [];
  if (entries.length === 0) return isJsonObject(older) ? [readCall(null, older, 0, reply)] : [];
  return entries.map((entry, position) => {
    const called = isJsonObject(entry) ? entry['function'] : null;
    if (!isJsonObject(entry) || !isJsonObject(called)) throw malformedCall();
    return readCall(filledString(entry['id']), called, position, reply);
  });
}

/** A call without arguments has empty ones (wire case 61). */
function readCall(id: string | null, fields: JsonObject, position: number, reply: JsonObject): ReplyPart {
  const name = filledString(fields['name']);
  if (name === null) throw malformedCall();
  const text = argumentsOf(fields);
  return {
    type: 'tool-call',
    id: id ?? callIdFor(filledString(reply['id']), reply['created'], position, name),
    name,
    arguments: text.trim() === '' ? '{}' : text,
  };
}

function malformedCall(): WireFault {
  return new WireFault('malformed', 'the reply holds a tool call without a name');
}
