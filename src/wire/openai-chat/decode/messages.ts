import type { ChatMessage, Part, ToolCallPart, ToolResultPart } from '../../../protocol/chat.ts';
import type { Warning } from '../../../protocol/wire.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { hasCallState } from '../call-state.ts';
import { positionalCallId, readCalls } from './calls.ts';
import { readContent, type ContentKind } from './parts.ts';
import { readCacheBreakpoint } from '../../chat/request/content-parts.ts';
import { invalidField, untranslatableField } from '../../fields/field-error.ts';
import { readThinkingBlocks } from '../reasoning/thinking-blocks.ts';
import { thinkingIn } from '../reasoning/thinking-parts.ts';

/**
 * Reads the conversation into turns. Empty texts are dropped, as are turns that become empty. Tool results go into the
 * user turn after their calls, before its other parts (wire cases 68, 135). `cacheTtl` is the time to live of cache
 * breakpoints without one.
 *
 * Throws a `GatewayError`: `unsupported_parameter` for content that no other wire can express, `invalid_body` for a
 * wrong shape; `param` is the path to it. Each kind of dropped content is added to `warnings` once.
 */
export function readMessages(
  messages: unknown,
  cacheTtl: string | null,
  warnings: Warning[],
): readonly ChatMessage[] {
  if (!Array.isArray(messages)) throw invalidField('messages', 'an array');
  const reader = new ConversationReader(cacheTtl);
  for (const [index, message] of messages.entries()) reader.read(message, index);
  if (reader.hasNames) warnings.push({ code: 'parameter_dropped', detail: 'messages.name' });
  if (reader.hasCallState)
    warnings.push({ code: 'parameter_dropped', detail: 'messages.tool_calls.extra_content' });
  return reader.turns;
}

interface Turn extends ChatMessage {
  readonly parts: Part[];
}

class ConversationReader {
  readonly turns: Turn[] = [];
  /** Some message names its author, which other wires cannot express (wire case 88). */
  hasNames = false;
  /** Some call has a vendor's state, which other wires cannot carry. */
  hasCallState = false;
  readonly #cacheTtl: string | null;
  #lastAssistant = -1;
  /** Calls of the last assistant turn that came without an id and have no result yet. */
  #openCalls: ToolCallPart[] = [];
  /** Ids of the calls of the last assistant turn. */
  #callIds = new Set<string>();
  /** Number of tool results at the start of a turn. */
  readonly #results = new Map<Turn, number>();

  constructor(cacheTtl: string | null) {
    this.#cacheTtl = cacheTtl;
  }

  read(message: unknown, index: number): void {
    const path = `messages[${index}]`;
    if (!isJsonObject(message)) throw invalidField(path, 'an object');
    const { role } = message;
    switch (role) {
      case 'system':
      case 'developer':
        return this.#add('system', this.#content(message, path, 'text'), message);
      case 'user':
        return this.#add('user', this.#content(message, path, 'media'), message);
      case 'assistant':
        return this.#addAssistant(message, path, index);
      case 'tool':
      case 'function':
        return this.#addResult(message, path);
      default:
        throw untranslatableField(`${path}.role`);
    }
  }

  #content(message: JsonObject, path: string, kind: ContentKind): ReturnType<typeof readContent> {
    return readContent(message['content'], `${path}.content`, kind, this.#cacheTtl);
  }

  #add(role: ChatMessage['role'], parts: Part[], message: JsonObject): void {
    this.hasNames ||= filledString(message['name']) !== null;
    if (parts.length === 0) return;
    this.#setLastBreakpoint(parts, message);
    const last = this.turns.at(-1);
    if (role === 'user' && last !== undefined && this.#results.has(last)) append(last.parts, parts);
    else this.turns.push({ role, parts });
  }

  /** A cache breakpoint on the message itself applies to its last part. */
  #setLastBreakpoint(parts: Part[], message: JsonObject): void {
    const cache = readCacheBreakpoint(message, this.#cacheTtl);
    const last = parts.at(-1);
    if (cache !== null && last !== undefined && 'cache' in last) parts[parts.length - 1] = { ...last, cache };
  }

  #addAssistant(message: JsonObject, path: string, index: number): void {
    if (message['audio'] !== null && message['audio'] !== undefined)
      throw untranslatableField(`${path}.audio`);
    const parts: Part[] = [...readThinking(message, path), ...this.#content(message, path, 'answer')];
    const refusal = filledString(message['refusal']);
    if (refusal !== null) parts.push({ type: 'text', text: refusal, cache: null });
    const calls = readCalls(message, path, index);
    append(parts, calls);
    this.hasCallState ||= hasCallState(message['tool_calls']);
    if (this.turns.at(-1)?.role !== 'assistant') {
      this.#openCalls = [];
      this.#callIds = new Set();
    }
    for (const { id } of calls) this.#callIds.add(id);
    const withoutId = calls.filter((call, nth) => call.id === positionalCallId(index, nth));
    append(this.#openCalls, withoutId);
    this.#add('assistant', parts, message);
    if (parts.length > 0) this.#lastAssistant = this.turns.length - 1;
  }

  #addResult(message: JsonObject, path: string): void {
    const content = this.#content(message, path, 'media');
    const callId = this.#takeCall(message, path);
    const cache = readCacheBreakpoint(message, this.#cacheTtl);
    const result: ToolResultPart = { type: 'tool-result', callId, content, isError: false, cache };
    if (!this.#callIds.has(callId)) {
      // No call has this id: the result stays in place.
      const last = this.turns.at(-1);
      if (last?.role === 'user') last.parts.push(result);
      else this.turns.push({ role: 'user', parts: [result] });
      return;
    }
    const turn = this.#turnOfResults();
    const before = this.#results.get(turn) ?? 0;
    turn.parts.splice(before, 0, result);
    this.#results.set(turn, before + 1);
  }

  /**
   * The id of the call that this result answers. Without one, the oldest call without an id; for `function` messages,
   * of the same name.
   */
  #takeCall(message: JsonObject, path: string): string {
    const id = filledString(message['tool_call_id']);
    if (id !== null) return id;
    const isLegacy = message['role'] === 'function';
    const at = this.#openCalls.findIndex((call) => !isLegacy || call.name === message['name']);
    const [call] = at < 0 ? [] : this.#openCalls.splice(at, 1);
    if (call !== undefined) return call.id;
    if (isLegacy) throw invalidField(`${path}.name`, 'the name of an earlier call');
    throw invalidField(`${path}.tool_call_id`, 'the id of an earlier call');
  }

  /** The first user turn after the last assistant turn, wherever the result itself is (wire case 68). */
  #turnOfResults(): Turn {
    const at = this.#lastAssistant + 1;
    const found = this.turns[at];
    if (found?.role === 'user') return found;
    const turn: Turn = { role: 'user', parts: [] };
    this.turns.splice(at, 0, turn);
    return turn;
  }
}

/**
 * Thinking that the client sends back: signed if it returns `thinking_blocks`, else plain text, under a key or in parts
 * of the content, which never becomes signed thinking (wire case 146).
 */
function readThinking(message: JsonObject, path: string): Part[] {
  const blocks = message['thinking_blocks'];
  if (blocks !== null && blocks !== undefined) return readThinkingBlocks(blocks, `${path}.thinking_blocks`);
  const { reasoning_content: text, reasoning, content } = message;
  const thinking = filledString(text) ?? filledString(reasoning) ?? thinkingIn(content);
  return thinking === '' ? [] : [{ type: 'thinking', text: thinking, signature: null }];
}

/** Not `push(...)`: a request can hold more items than the call stack allows as arguments. */
function append<Item>(list: Item[], more: readonly Item[]): void {
  for (const item of more) list.push(item);
}
