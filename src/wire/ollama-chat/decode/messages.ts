import type { ChatMessage, Part, TextPart, ToolCallPart } from '../../../protocol/chat.ts';
import { invalidField, unsupportedField } from '../../fields/field-error.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { decodeImages } from './images.ts';

/**
 * Decodes the conversation into turns. Empty texts are dropped, and turns that become empty. Results of calls begin the
 * user turn after their calls (wire cases 68, 135). Throws a `GatewayError` `invalid_body` for a wrong shape, and
 * `unsupported_parameter` if no turn remains; `param` is the path to it.
 */
export function decodeMessages(messages: unknown): readonly ChatMessage[] {
  if (!Array.isArray(messages)) throw invalidField('messages', 'an array');
  const reader = new ConversationReader();
  for (const [index, message] of messages.entries()) reader.read(message, index);
  if (reader.turns.length === 0) throw unsupportedField('messages', "'messages' has no content.");
  return reader.turns;
}

interface Turn extends ChatMessage {
  readonly parts: Part[];
}

class ConversationReader {
  readonly turns: Turn[] = [];
  /** Calls of the last assistant turn without a result. */
  #open: ToolCallPart[] = [];

  read(message: unknown, index: number): void {
    const path = `messages[${index}]`;
    if (!isJsonObject(message)) throw invalidField(path, 'an object');
    switch (message['role']) {
      case 'system':
      case 'developer':
        return this.#add('system', textOf(message, path));
      case 'user':
        return this.#add('user', [
          ...textOf(message, path),
          ...decodeImages(message['images'], `${path}.images`),
        ]);
      case 'assistant':
        return this.#addAssistant(message, path, index);
      case 'tool':
        return this.#addResult(message, path, index);
      default:
        throw invalidField(`${path}.role`, "'system', 'user', 'assistant' or 'tool'");
    }
  }

  #add(role: ChatMessage['role'], parts: Part[]): void {
    if (parts.length === 0) return;
    const last = this.turns.at(-1);
    if (role === 'user' && last?.parts[0]?.type === 'tool-result') {
      for (const part of parts) last.parts.push(part);
    } else this.turns.push({ role, parts });
  }

  #addAssistant(message: JsonObject, path: string, index: number): void {
    const thinking = filledString(message['thinking']);
    const calls = decodeCalls(message['tool_calls'], `${path}.tool_calls`, index);
    this.#open = calls;
    this.#add('assistant', [
      ...(thinking === null ? [] : [{ type: 'thinking', text: thinking, signature: null } as const]),
      ...textOf(message, path),
      ...calls,
    ]);
  }

  #addResult(message: JsonObject, path: string, index: number): void {
    const content = [...textOf(message, path), ...decodeImages(message['images'], `${path}.images`)];
    const callId = this.#takeCall(message) ?? `call_${index}`;
    const part: Part = { type: 'tool-result', callId, content, isError: false, cache: null };
    const last = this.turns.at(-1);
    if (last?.role === 'user' && last.parts[0]?.type === 'tool-result') last.parts.push(part);
    else this.turns.push({ role: 'user', parts: [part] });
  }

  /** The call that a result answers: by id, by the name of its tool, else the oldest one (wire case 153). */
  #takeCall(message: JsonObject): string | null {
    const id = filledString(message['tool_call_id']);
    const name = filledString(message['tool_name']) ?? filledString(message['name']);
    const byId = this.#open.findIndex((call) => call.id === id);
    const at = byId >= 0 ? byId : this.#open.findIndex((call) => name === null || call.name === name);
    const [call] = at < 0 ? [] : this.#open.splice(at, 1);
    return call?.id ?? id;
  }
}

function textOf(message: JsonObject, path: string): TextPart[] {
  const content = message['content'] ?? '';
  if (typeof content !== 'string') throw invalidField(`${path}.content`, 'a string');
  return content === '' ? [] : [{ type: 'text', text: content, cache: null }];
}

/** A call without an id gets one by its position, the same in every request of the conversation (wire case 77). */
function decodeCalls(calls: unknown, path: string, index: number): ToolCallPart[] {
  if (calls === null || calls === undefined) return [];
  if (!Array.isArray(calls)) throw invalidField(path, 'an array');
  return calls.map((call: unknown, nth) => {
    const called = isJsonObject(call) ? call['function'] : null;
    if (!isJsonObject(call) || !isJsonObject(called))
      throw invalidField(`${path}[${nth}].function`, 'an object');
    const name = filledString(called['name']);
    if (name === null) throw invalidField(`${path}[${nth}].function.name`, 'a non-empty string');
    const id = filledString(call['id']) ?? `call_${index}_${nth}`;
    return { type: 'tool-call', id, name, arguments: argumentsOf(called['arguments']), cache: null };
  });
}

/** Ollama has an object; a text, as in OpenAI's API, stays as it is (wire case 154). */
function argumentsOf(value: unknown): string {
  if (typeof value === 'string') return value.trim() === '' ? '{}' : value;
  return value === null || value === undefined ? '{}' : JSON.stringify(value);
}
