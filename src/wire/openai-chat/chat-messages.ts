import type { ChatMessage } from '../../protocol/chat.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Warning } from '../../protocol/wire.ts';
import { isJsonObject, type JsonObject } from '../json-value.ts';

const ROLES: ReadonlyMap<unknown, ChatMessage['role']> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
]);

/** Calls that a message may carry, which no translation takes yet. */
const REFUSED_KEYS = ['tool_calls', 'function_call', 'audio'];

/** Left out with a warning: they change the bill or the style, not the sense (wire cases 88, 121, 146). */
const DROPPED_KEYS = ['name', 'reasoning_content', 'reasoning'];
const DROPPED_PART_KEYS = ['cache_control', 'prompt_cache_breakpoint'];

/**
 * Reads messages of plain text; empty text is dropped, and a message of which nothing is left goes with it (wire-formats
 * 3.1). Throws a `GatewayError`: `unsupported_parameter` for other content, `invalid_body` for a wrong shape; `param`
 * is the path to it. What it drops is added to `warnings`, each key once.
 */
export function readChatMessages(messages: unknown, warnings: Warning[]): ChatMessage[] {
  if (!Array.isArray(messages)) throw invalid('messages', 'an array');
  const dropped = new Set<string>();
  const read: ChatMessage[] = [];
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (!isJsonObject(message)) throw invalid(path, 'an object');
    const role = ROLES.get(message['role']);
    if (role === undefined) throw unsupported(`${path}.role`);
    for (const key of REFUSED_KEYS) if (asksSomething(message[key])) throw unsupported(`${path}.${key}`);
    noteDropped(message, DROPPED_KEYS, dropped);
    const texts = readTexts(message, path, dropped).filter((text) => text !== '');
    if (texts.length > 0) read.push({ role, texts });
  }
  for (const key of dropped) warnings.push({ code: 'parameter_dropped', detail: `messages.${key}` });
  return read;
}

function readTexts(message: JsonObject, path: string, dropped: Set<string>): string[] {
  const { content, refusal } = message;
  if (typeof content === 'string') return [content];
  if (content === null || content === undefined) return typeof refusal === 'string' ? [refusal] : [];
  if (!Array.isArray(content)) throw invalid(`${path}.content`, 'a string or an array of parts');
  return content.map((part: unknown, index) => readPart(part, `${path}.content[${index}]`, dropped));
}

function readPart(part: unknown, path: string, dropped: Set<string>): string {
  if (!isJsonObject(part)) throw invalid(path, 'an object');
  const key = part['type'];
  if (key !== 'text' && key !== 'refusal') throw unsupported(path);
  const text = part[key];
  if (typeof text !== 'string') throw invalid(`${path}.${key}`, 'a string');
  noteDropped(part, DROPPED_PART_KEYS, dropped);
  return text;
}

function noteDropped(value: JsonObject, keys: readonly string[], dropped: Set<string>): void {
  for (const key of keys) if (asksSomething(value[key])) dropped.add(key);
}

/** Neither absent, null, nor an empty list or string. */
function asksSomething(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  return !Array.isArray(value) || value.length > 0;
}

function invalid(param: string, wanted: string): GatewayError {
  return new GatewayError('invalid_body', `'${param}' must be ${wanted}.`, { param });
}

function unsupported(param: string): GatewayError {
  return new GatewayError('unsupported_parameter', `'${param}' cannot be carried to this model's API yet.`, {
    param,
  });
}
