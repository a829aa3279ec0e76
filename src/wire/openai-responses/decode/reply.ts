import type { ChatReply, ReplyPart } from '../../../protocol/chat.ts';
import { WireFault } from '../../fault.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { customArguments } from '../../openai-chat/normalize/call-values.ts';
import { newId } from '../../openai-chat/ids.ts';
import { parseReply } from '../../reply-body.ts';
import { finishOf, requireAnswer } from '../finish.ts';
import {
  BETWEEN_THOUGHTS,
  CALL_KINDS,
  itemType,
  PART_KINDS,
  partsIn,
  textIn,
  type PartKind,
} from '../output-parts.ts';
import { readResponsesUsage } from '../usage.ts';

/**
 * Parses a whole response. Throws a `WireFault`: `malformed` if it has no output, `error_event` or `cut` if it failed or
 * is not whole.
 */
export function parseResponse(body: Buffer): JsonObject & { readonly output: readonly unknown[] } {
  const response = parseReply(body);
  requireAnswer(response);
  const { output } = response;
  if (!Array.isArray(output)) throw new WireFault('malformed', 'the reply has no output');
  return { ...response, output };
}

/**
 * Decodes a whole response. Items without a neutral counterpart, such as those of hosted tools, are skipped. Throws a
 * `WireFault` as `parseResponse` does, and `malformed` for a call without a name.
 */
export function decodeResponsesReply(body: Buffer): ChatReply {
  const response = parseResponse(body);
  const parts = response.output.flatMap((item) => (isJsonObject(item) ? readItem(item) : []));
  const refusals = response.output.flatMap((item) => (isJsonObject(item) ? refusalsIn(item) : []));
  const refusal = refusals.join('');
  return {
    id: filledString(response['id']),
    model: filledString(response['model']),
    parts,
    refusal: refusal === '' ? null : refusal,
    finish: finishOf(
      response,
      parts.some(({ type }) => type === 'tool-call'),
    ),
    stopSequence: null,
    usage: readResponsesUsage(response),
  };
}

function readItem(item: JsonObject): ReplyPart[] {
  switch (itemType(item)) {
    case 'message':
      return textsIn(item, 'content', 'output_text').map((text) => ({ type: 'text', text }));
    case 'reasoning':
      return readReasoning(item);
    case 'function_call':
    case 'custom_tool_call':
      return [readCall(item)];
    default:
      return [];
  }
}

/** The summary, and the reasoning itself, which servers with open weights return. */
function readReasoning(item: JsonObject): ReplyPart[] {
  const texts = [...textsIn(item, 'summary', 'summary_text'), ...textsIn(item, 'content', 'reasoning_text')];
  const signature = filledString(item['encrypted_content']);
  if (texts.length === 0 && signature === null) return [];
  return [{ type: 'thinking', text: texts.join(BETWEEN_THOUGHTS), signature }];
}

function readCall(item: JsonObject): ReplyPart {
  const name = filledString(item['name']);
  if (name === null) throw new WireFault('malformed', 'a tool call of the reply has no name');
  const id = filledString(item['call_id']) ?? filledString(item['id']) ?? newId('call_', Math.random);
  const kind = CALL_KINDS.get(item['type']);
  const text = kind === undefined ? '' : textIn(item[kind.key]);
  if (kind?.key === 'input')
    return { type: 'tool-call', id, name, arguments: customArguments.complete(text) };
  return { type: 'tool-call', id, name, arguments: text.trim() === '' ? '{}' : text };
}

function refusalsIn(item: JsonObject): string[] {
  return itemType(item) === 'message' ? textsIn(item, 'content', 'refusal') : [];
}

/** The texts of one kind in a list of an item, without empty ones. */
function textsIn(item: JsonObject, list: PartKind['list'], type: string): string[] {
  const kind = PART_KINDS.get(type);
  return partsIn(item, list).flatMap((part) => {
    const text = kind !== undefined && isJsonObject(part) && part['type'] === type ? part[kind.key] : null;
    return filledString(text) ?? [];
  });
}
