import type { ToolCallPart } from '../../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { invalidField, untranslatableField } from '../../fields/field-error.ts';

/**
 * Reads the calls of an assistant message, number `index` in the conversation: `tool_calls`, or the legacy
 * `function_call` (wire case 76). A call without an id gets one derived from its position, so it is the same in every
 * request of the conversation (case 77). Throws `unsupported_parameter` for calls of custom tools, `invalid_body` for a
 * wrong shape.
 */
export function readCalls(message: JsonObject, path: string, index: number): ToolCallPart[] {
  const { tool_calls: calls, function_call: legacy } = message;
  if (calls !== null && calls !== undefined) {
    if (!Array.isArray(calls)) throw invalidField(`${path}.tool_calls`, 'an array');
    if (calls.length > 0) {
      return calls.map((call: unknown, nth) =>
        readCall(call, `${path}.tool_calls[${nth}]`, positionalCallId(index, nth)),
      );
    }
  }
  if (legacy === null || legacy === undefined) return [];
  return [readFunction(legacy, `${path}.function_call`, positionalCallId(index, 0))];
}

/** The id for a call that came without one: number `nth` in message `index`. */
export function positionalCallId(index: number, nth: number): string {
  return `call_${index}_${nth}`;
}

function readCall(call: unknown, path: string, fallbackId: string): ToolCallPart {
  if (!isJsonObject(call)) throw invalidField(path, 'an object');
  const { id, type } = call;
  if (type !== 'function' && type !== undefined && type !== null) throw untranslatableField(path);
  return readFunction(call['function'], `${path}.function`, filledString(id) ?? fallbackId);
}

function readFunction(value: unknown, path: string, id: string): ToolCallPart {
  if (!isJsonObject(value)) throw invalidField(path, 'an object');
  const name = filledString(value['name']);
  if (name === null) throw invalidField(`${path}.name`, 'a non-empty string');
  const args = readArguments(value['arguments'], `${path}.arguments`);
  return { type: 'tool-call', id, name, arguments: args, cache: null };
}

/**
 * The text as the model wrote it, JSON or not: a truncated call is kept in its conversation. Missing, blank and `null`
 * arguments become `{}` (wire cases 61, 65); an object, which some clients send instead of its text, is serialized.
 * Throws `invalid_body` for any other value.
 */
function readArguments(value: unknown, path: string): string {
  if (isJsonObject(value)) return JSON.stringify(value);
  if (value === null || value === undefined) return '{}';
  if (typeof value !== 'string') throw invalidField(path, 'a string of JSON');
  const text = value.trim();
  return text === '' || text === 'null' ? '{}' : value;
}
