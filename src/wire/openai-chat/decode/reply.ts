import { parseReply } from '../../reply-body.ts';
import type { ChatReply, ReplyPart } from '../../../protocol/chat.ts';
import { WireFault } from '../../fault.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { hitSequence, readFinishReason } from '../finish-reason.ts';
import { newId } from '../../chat/ids.ts';
import { type MutableJson, NO_CLIENT } from '../normalize/context.ts';
import { normalizeReply } from '../normalize/rules.ts';
import { argumentsText } from '../normalize/call-values.ts';
import { customArguments } from '../../chat/calls/custom-arguments.ts';
import { readCallState } from '../call-state.ts';
import { readChatUsage } from '../usage.ts';

/**
 * Parses the body of a unary reply. Throws a `WireFault`: `malformed` when it is not a JSON object or has no choices,
 * `error_event` for an error with status 200 (wire case 15).
 */
export function parseCompletion(body: Buffer): MutableJson {
  const reply = parseReply(body);
  const { choices } = reply;
  if (!Array.isArray(choices) || choices.length === 0)
    throw new WireFault('malformed', 'the reply has no choices');
  return reply;
}

/**
 * Reads a unary reply of OpenAI's chat wire from any server: thinking, then text, then calls. Only the first choice is
 * read; a reply without a finish reason counts as `stop`. Throws a `WireFault` as `parseCompletion` does, and
 * `malformed` when the choice has no message.
 */
export function decodeOpenAiReply(body: Buffer): ChatReply {
  const reply = parseCompletion(body);
  normalizeReply(reply, NO_CLIENT);
  const [choice] = reply['choices'] as readonly JsonObject[];
  if (choice === undefined) throw new WireFault('malformed', 'the reply has no choices');
  const { finish_reason: finishReason } = choice;
  const message = choice['message'] as JsonObject;
  return {
    id: filledString(reply['id']),
    model: filledString(reply['model']),
    parts: [...readTexts(message), ...readCalls(message)],
    refusal: filledString(message['refusal']),
    finish: readFinishReason(filledString(finishReason) ?? 'stop'),
    stopSequence: hitSequence(choice),
    usage: readChatUsage(reply),
  };
}

function readTexts({ reasoning_content: reasoning, content }: JsonObject): ReplyPart[] {
  const parts: ReplyPart[] = [];
  const thinking = filledString(reasoning);
  // A signature is valid only from the model that made the thinking; servers of this wire make none.
  if (thinking !== null) parts.push({ type: 'thinking', text: thinking, signature: null });
  const text = filledString(content);
  if (text !== null) parts.push({ type: 'text', text });
  return parts;
}

function readCalls({ tool_calls: calls, function_call: legacy }: JsonObject): ReplyPart[] {
  if (Array.isArray(calls) && calls.length > 0) return (calls as readonly unknown[]).map(readCall);
  if (!isJsonObject(legacy)) return [];
  return [readCall({ id: newId('call_', Math.random), function: legacy })];
}

function readCall(call: unknown): ReplyPart {
  const { id, function: called, custom, extra_content: extra } = isJsonObject(call) ? call : {};
  const payload = isJsonObject(called) ? called : isJsonObject(custom) ? custom : {};
  const name = filledString(payload['name']);
  if (name === null) throw new WireFault('malformed', 'the reply has a tool call without a name');
  const text =
    payload === custom
      ? customArguments.complete(filledString(payload['input']) ?? '')
      : (argumentsText(payload['arguments']) ?? '');
  return {
    type: 'tool-call',
    id: String(id),
    name,
    arguments: text.trim() === '' ? '{}' : text,
    ...readCallState(extra),
  };
}
