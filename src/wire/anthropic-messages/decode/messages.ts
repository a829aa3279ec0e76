import type { ChatMessage, Part } from '../../../protocol/chat.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import { decodeResult, decodeInputBlock } from './blocks.ts';
import { cacheBreakpoint } from './media.ts';
import { invalidField, unsupportedField, stringAt } from '../../fields/field-error.ts';
import type { DroppedNames } from './dropped-names.ts';

const ROLES: readonly unknown[] = ['user', 'assistant', 'system'] satisfies ChatMessage['role'][];

/**
 * Decodes `system`, a string or blocks, as one turn. The blocks stay separate and in order: the first block of Claude
 * Code is an attribution that must remain a separate first block (wire case 134).
 */
export function decodeSystem(system: unknown, dropped: DroppedNames): ChatMessage[] {
  if (system === null || system === undefined) return [];
  const parts = decodeContent(system, 'system', dropped);
  return parts.length === 0 ? [] : [{ role: 'system', parts }];
}

/**
 * Decodes the turns; system turns keep their positions (wire case 134). Empty text is dropped, and turns without
 * content are dropped with a warning. Throws a `GatewayError`: `unsupported_parameter` for content that no other wire
 * can carry and if no turn remains, `invalid_body` for a wrong shape.
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
    throw unsupportedField('messages', "'messages' has no content that this model's API supports.");
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

/** Blocks of Anthropic's server tools and of unknown types are dropped with a warning (wire case 120). */
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
      return decodeInputBlock(block, path, dropped);
  }
}

/** An empty signature counts as none: `encodeMessagesReply` writes it for unsigned thinking. */
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
  if (id === '') throw invalidField(`${path}.id`, 'a non-empty string');
  return {
    type: 'tool-call',
    id,
    name: stringAt(block, 'name', path),
    arguments: JSON.stringify(block['input'] ?? {}),
    cache: cacheBreakpoint(block),
  };
}

/**
 * Tool results belong to the calls in the previous turn, so they are moved before the user's content (wire cases 68,
 * 135).
 */
function resultsFirst(parts: readonly Part[]): readonly Part[] {
  const firstOther = parts.findIndex(({ type }) => type !== 'tool-result');
  if (firstOther < 0 || !parts.slice(firstOther).some(({ type }) => type === 'tool-result')) return parts;
  return [
    ...parts.filter(({ type }) => type === 'tool-result'),
    ...parts.filter(({ type }) => type !== 'tool-result'),
  ];
}
