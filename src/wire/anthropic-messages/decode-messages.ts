import type { ChatMessage, Part } from '../../protocol/chat.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';
import { decodeResult, decodeShown } from './decode-blocks.ts';
import { cacheMark } from './decode-media.ts';
import { invalidField, unsupportedField } from '../read/field-error.ts';
import type { DroppedNames } from './decode-notes.ts';

const ROLES: readonly unknown[] = ['user', 'assistant', 'system'] satisfies ChatMessage['role'][];

/**
 * Reads `system`, a string or blocks, as one turn. Its blocks stay apart and in their order: the first of Claude Code's
 * is an attribution that must stay first and by itself (wire case 134; wire-formats 2.9).
 */
export function decodeSystem(system: unknown, dropped: DroppedNames): ChatMessage[] {
  if (system === null || system === undefined) return [];
  const parts = decodeContent(system, 'system', dropped);
  return parts.length === 0 ? [] : [{ role: 'system', parts }];
}

/**
 * Reads the turns, system turns in their places (case 134). Empty text is dropped, and a turn of which nothing is left
 * goes with it, which is told. Throws a `GatewayError`: `unsupported_parameter` for content that no other wire can carry
 * and for turns of which none is left, `invalid_body` for a wrong shape.
 */
export function decodeMessages(messages: unknown, dropped: DroppedNames): ChatMessage[] {
  if (!Array.isArray(messages)) throw invalidField('messages', 'an array');
  const turns: ChatMessage[] = [];
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (!isJsonObject(message)) throw invalidField(path, 'an object');
    const { role } = message;
    if (!isRole(role)) throw invalidField(`${path}.role`, "'user', 'assistant' or 'system'");
    const parts = decodeContent(message['content'], `${path}.content`, dropped);
    if (parts.length === 0) dropped.add('messages (turn without content)');
    else turns.push({ role, parts: role === 'user' ? resultsFirst(parts) : parts });
  }
  if (turns.length === 0)
    throw unsupportedField('messages', "'messages' hold no content that can be carried to this model's API.");
  return turns;
}

function isRole(role: unknown): role is ChatMessage['role'] {
  return ROLES.includes(role);
}

function decodeContent(content: unknown, path: string, dropped: DroppedNames): Part[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string')
    return content === '' ? [] : [{ type: 'text', text: content, cache: null }];
  if (!Array.isArray(content)) throw invalidField(path, 'a string or an array of blocks');
  return content.flatMap((block: unknown, index): Part[] => {
    const blockPath = `${path}[${index}]`;
    if (!isJsonObject(block)) throw invalidField(blockPath, 'an object');
    return decodeBlock(block, blockPath, dropped);
  });
}

/** Blocks of the vendor's own tools and of kinds that are not known are left out and told (case 120). */
function decodeBlock(block: JsonObject, path: string, dropped: DroppedNames): Part[] {
  switch (block['type']) {
    case 'thinking':
      return decodeThinking(block, path);
    case 'redacted_thinking':
      return [{ type: 'redacted-thinking', data: stringAt(block, 'data', path) }];
    case 'tool_use':
      return [decodeCall(block, path)];
    case 'tool_result':
      return [decodeResult(block, path, dropped)];
    default:
      return decodeShown(block, path, dropped);
  }
}

/** An empty signature is none: the translation the other way writes one (wire-formats 3.4). */
function decodeThinking(block: JsonObject, path: string): Part[] {
  const text = stringAt(block, 'thinking', path);
  const signature = block['signature'] ?? null;
  if (signature !== null && typeof signature !== 'string')
    throw invalidField(`${path}.signature`, 'a string');
  if (text === '' && (signature === null || signature === '')) return [];
  return [{ type: 'thinking', text, signature: signature === '' ? null : signature }];
}

function decodeCall(block: JsonObject, path: string): Part {
  const id = stringAt(block, 'id', path);
  if (id === '') throw invalidField(`${path}.id`, 'a string that is not empty');
  return {
    type: 'tool-call',
    id,
    name: stringAt(block, 'name', path),
    arguments: JSON.stringify(block['input'] ?? {}),
    cache: cacheMark(block),
  };
}

/** Results of tools answer the calls before them, so they come before what the user says (cases 68, 135). */
function resultsFirst(parts: readonly Part[]): readonly Part[] {
  const firstOther = parts.findIndex(({ type }) => type !== 'tool-result');
  if (firstOther < 0 || !parts.slice(firstOther).some(({ type }) => type === 'tool-result')) return parts;
  return [
    ...parts.filter(({ type }) => type === 'tool-result'),
    ...parts.filter(({ type }) => type !== 'tool-result'),
  ];
}

function stringAt(block: JsonObject, key: string, path: string): string {
  const value = block[key];
  if (typeof value !== 'string') throw invalidField(`${path}.${key}`, 'a string');
  return value;
}
