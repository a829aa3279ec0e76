import type { ChatMessage, Part } from '../../../protocol/chat.ts';
import { invalidField } from '../../fields/field-error.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import type { WarningList } from '../../warning-list.ts';
import { readThinking } from '../items.ts';
import { readContent } from './content.ts';
import { Conversation } from './conversation.ts';
import { customArguments } from '../custom-tool.ts';
import { readForeignItem } from './foreign-items.ts';
import type { ResponsesToolNames } from './tool-names.ts';

/**
 * Reads `instructions`, which come first (wire case 191), and `input`: a string or a list of items. Throws a
 * `GatewayError`: `unsupported_parameter` for items that refer to a stored conversation or that no other wire can
 * express, `invalid_body` for a wrong shape; `param` is the path.
 */
export function readInput(
  { instructions, input }: JsonObject,
  names: ResponsesToolNames,
  warnings: WarningList,
): readonly ChatMessage[] {
  const conversation = new Conversation();
  conversation.system(readContent(instructions, 'instructions', 'text'));
  if (typeof input === 'string') conversation.user(readContent(input, 'input', 'text'));
  else {
    if (!Array.isArray(input)) throw invalidField('input', 'a string or an array of items');
    const reader = new ItemReader(conversation, names, warnings);
    for (const [index, item] of input.entries()) reader.read(item, `input[${index}]`);
  }
  if (conversation.turns.length === 0) throw invalidField('input', 'a string or items with content');
  return conversation.turns;
}

class ItemReader {
  readonly #conversation: Conversation;
  readonly #names: ResponsesToolNames;
  readonly #warnings: WarningList;

  constructor(conversation: Conversation, names: ResponsesToolNames, warnings: WarningList) {
    this.#conversation = conversation;
    this.#names = names;
    this.#warnings = warnings;
  }

  read(item: unknown, path: string): void {
    if (!isJsonObject(item)) throw invalidField(path, 'an object');
    switch (typeOf(item)) {
      case 'message':
        return this.#message(item, path);
      case 'reasoning':
        return this.#reasoning(item, path);
      case 'function_call':
        return this.#call(item, path, argumentsOf(item, path));
      case 'custom_tool_call':
        return this.#call(item, path, customArguments(stringAt(item, 'input', path)));
      case 'function_call_output':
      case 'custom_tool_call_output':
        return this.#output(item, path);
      case 'additional_tools':
        // Read with the other tools.
        return;
      default:
        readForeignItem(item, path, this.#conversation, this.#warnings);
    }
  }

  #message(item: JsonObject, path: string): void {
    const { role } = item;
    const read = (kind: 'text' | 'media'): readonly Part[] =>
      readContent(item['content'], `${path}.content`, kind);
    switch (role) {
      case 'user':
        return this.#conversation.user(read('media'));
      case 'assistant':
        return this.#conversation.assistant(read('text'));
      case 'system':
      case 'developer':
        return this.#conversation.system(read('text'));
      default:
        throw invalidField(`${path}.role`, "'user', 'assistant', 'system' or 'developer'");
    }
  }

  /** The summary, or the reasoning itself where a server with open weights returned it. */
  #reasoning(item: JsonObject, path: string): void {
    const content = textOf(item['content'], `${path}.content`);
    const text = content === '' ? textOf(item['summary'], `${path}.summary`) : content;
    const thinking = readThinking(text, filledString(item['encrypted_content']));
    if (thinking !== null) this.#conversation.assistant([thinking]);
  }

  #call(item: JsonObject, path: string, args: string): void {
    const id = filledString(item['call_id']) ?? filledString(item['id']);
    if (id === null) throw invalidField(`${path}.call_id`, 'a non-empty string');
    const given = filledString(item['name']);
    if (given === null) throw invalidField(`${path}.name`, 'a non-empty string');
    const name = this.#names.of(given, filledString(item['namespace']));
    this.#conversation.assistant([{ type: 'tool-call', id, name, arguments: args, cache: null }]);
  }

  /** `output` is a string, or a list of parts with media (wire case 186). */
  #output(item: JsonObject, path: string): void {
    const callId = filledString(item['call_id']);
    if (callId === null) throw invalidField(`${path}.call_id`, 'a non-empty string');
    const content = readContent(item['output'], `${path}.output`, 'media');
    this.#conversation.result({ type: 'tool-result', callId, content, isError: false, cache: null });
  }
}

/** An item without a type is a message if it has a role (wire case 185), else a reference to a stored item. */
function typeOf({ type, role }: JsonObject): unknown {
  if (type !== null && type !== undefined) return type;
  return typeof role === 'string' ? 'message' : 'item_reference';
}

function textOf(parts: unknown, path: string): string {
  return readContent(parts, path, 'text')
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('\n\n');
}

/** The text as the model wrote it, JSON or not; blank arguments become `{}` (wire cases 61, 65). */
function argumentsOf(item: JsonObject, path: string): string {
  const value = item['arguments'] ?? '';
  if (isJsonObject(value)) return JSON.stringify(value);
  if (typeof value !== 'string') throw invalidField(`${path}.arguments`, 'a string of JSON');
  return value.trim() === '' || value.trim() === 'null' ? '{}' : value;
}

function stringAt(item: JsonObject, key: string, path: string): string {
  const value = item[key];
  if (typeof value !== 'string') throw invalidField(`${path}.${key}`, 'a string');
  return value;
}
