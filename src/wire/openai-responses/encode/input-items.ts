import type { CacheBreakpoint, ChatMessage, Part, ToolResultPart } from '../../../protocol/chat.ts';
import { acceptedCallId } from '../../chat/call-ids.ts';
import { promptCacheBreakpoint } from '../../chat/prompt-cache.ts';
import type { ToolNames } from '../../chat/tool-names.ts';
import { untranslatableField } from '../../fields/field-error.ts';
import type { JsonObject } from '../../json/value.ts';
import { inlineText } from '../../openai-chat/encode/media.ts';
import type { WarningList } from '../../warning-list.ts';
import type { ResponsesDialect } from '../dialect.ts';
import { encodeInputMedia } from './input-media.ts';

/** Between the text parts of the instructions and of a tool result. */
const BETWEEN_INSTRUCTIONS = '\n\n';
const BETWEEN_PARTS = '\n';
/** Prefix of a failed tool result, which this wire cannot mark as an error (wire case 71). */
const ERROR_PREFIX = 'Error: ';

/** A conversation as this wire sends it. */
export interface EncodedInput {
  /** null: none. */
  readonly instructions: string | null;
  readonly input: readonly JsonObject[];
}

/** Writes the turns of a request as input items. */
export class InputEncoder {
  readonly #items: JsonObject[] = [];
  readonly #dialect: ResponsesDialect;
  readonly #systemRole: 'system' | 'developer';
  /** The model accepts cache breakpoints. */
  readonly #caches: boolean;
  readonly #names: ToolNames;
  readonly #warnings: WarningList;

  constructor(dialect: ResponsesDialect, modelId: string, names: ToolNames, warnings: WarningList) {
    const { developerModels, cacheModels } = dialect.traits;
    this.#dialect = dialect;
    this.#systemRole = developerModels?.test(modelId) === true ? 'developer' : 'system';
    this.#caches = cacheModels?.test(modelId) === true;
    this.#names = names;
    this.#warnings = warnings;
  }

  /**
   * Encodes the conversation. System text at its beginning becomes the instructions, which every server of this wire
   * reads in the right role, unless a part of it ends a cached prefix. Throws a `GatewayError` `unsupported_parameter`
   * for a conversation that becomes empty.
   */
  encode(messages: readonly ChatMessage[]): EncodedInput {
    const first = messages.findIndex(({ role }) => role !== 'system');
    const leading = first < 0 ? [] : messages.slice(0, first);
    const instructions = this.#instructions(leading);
    for (const { role, parts } of instructions === null ? messages : messages.slice(first)) {
      if (role === 'system') this.#system(parts);
      else if (role === 'user') this.#user(parts);
      else this.#assistant(parts);
    }
    const isTurn = ({ role }: JsonObject): boolean => role !== this.#systemRole;
    if (first >= 0 && !this.#items.some(isTurn))
      throw untranslatableField('messages', 'No message has content that this API supports.');
    this.#noteUnfinished(messages);
    return { instructions, input: this.#items };
  }

  #instructions(leading: readonly ChatMessage[]): string | null {
    const parts = leading.flatMap((turn) => turn.parts);
    const texts = parts.flatMap((part) => (part.type === 'text' ? part : []));
    const isCached = this.#caches && texts.some(({ cache }) => cache !== null);
    if (texts.length === 0 || isCached || texts.length < parts.length) return null;
    if (texts.some(({ cache }) => cache !== null)) this.#drop('cache_control');
    return texts.map(({ text }) => text).join(BETWEEN_INSTRUCTIONS);
  }

  #system(parts: readonly Part[]): void {
    const content = parts.flatMap((part): JsonObject[] => {
      if (part.type === 'text') return [this.#cached({ type: 'input_text', text: part.text }, part.cache)];
      this.#drop(part.type);
      return [];
    });
    this.#message(this.#systemRole, content);
  }

  /** Results come first in a user turn, as they must follow their calls. */
  #user(parts: readonly Part[]): void {
    const content: JsonObject[] = [];
    for (const part of parts) {
      switch (part.type) {
        case 'tool-result':
          this.#result(part);
          break;
        case 'text':
          content.push(this.#cached({ type: 'input_text', text: part.text }, part.cache));
          break;
        case 'image':
        case 'document':
          content.push(this.#media(part));
          break;
        default:
          this.#drop(part.type);
      }
    }
    this.#message('user', content);
  }

  #media(part: Part & { readonly type: 'image' | 'document' }): JsonObject {
    const text = inlineText(part);
    const item = text === null ? encodeInputMedia(part) : { type: 'input_text', text };
    return this.#cached(item, part.cache);
  }

  #result(part: ToolResultPart): void {
    const { content, isError, callId, cache } = part;
    if (cache !== null || content.some((item) => item.cache !== null)) this.#drop('cache_control');
    const items = content.map((item): JsonObject => {
      const text = item.type === 'text' ? item.text : inlineText(item);
      return item.type === 'text' || text !== null ? { type: 'input_text', text } : encodeInputMedia(item);
    });
    const isText = items.every(({ type }) => type === 'input_text');
    const text = items.map((item) => item['text']).join(BETWEEN_PARTS);
    const prefix = isError ? [{ type: 'input_text', text: ERROR_PREFIX.trim() }] : [];
    this.#items.push({
      type: 'function_call_output',
      call_id: this.#callId(callId),
      output: isText ? `${isError ? ERROR_PREFIX : ''}${text}` : [...prefix, ...items],
    });
  }

  /**
   * Reasoning goes back only encrypted, and only before what it led to: "Item 'rs_…' of type 'reasoning' was provided
   * without its required following item" (vercel/ai#7099).
   */
  #assistant(parts: readonly Part[]): void {
    let reasoning: JsonObject[] = [];
    let texts: JsonObject[] = [];
    const flushTexts = (): void => {
      if (texts.length === 0) return;
      this.#items.push(...reasoning, { type: 'message', role: 'assistant', content: texts });
      [reasoning, texts] = [[], []];
    };
    for (const part of parts) {
      if (part.type === 'text') {
        if (part.cache !== null) this.#drop('cache_control');
        texts.push({ type: 'output_text', text: part.text, annotations: [] });
        continue;
      }
      flushTexts();
      if (part.type === 'thinking' && part.signature !== null) {
        const summary = part.text === '' ? [] : [{ type: 'summary_text', text: part.text }];
        reasoning.push({ type: 'reasoning', summary, encrypted_content: part.signature });
      } else if (part.type === 'tool-call') {
        if (part.cache !== null) this.#drop('cache_control');
        const name = this.#names.outgoing(part.name);
        const call = { call_id: this.#callId(part.id), name, arguments: part.arguments };
        this.#items.push(...reasoning, { type: 'function_call', ...call });
        reasoning = [];
      } else this.#drop(part.type);
    }
    flushTexts();
    if (reasoning.length > 0) this.#drop('thinking');
  }

  /** This wire has no prefill: the model takes a final assistant turn for a finished answer. */
  #noteUnfinished(messages: readonly ChatMessage[]): void {
    const last = messages.at(-1);
    if (last?.role === 'assistant' && last.parts.at(-1)?.type === 'text')
      this.#warnings.changed('messages (prefill as a finished turn)');
  }

  #message(role: string, content: readonly JsonObject[]): void {
    if (content.length > 0) this.#items.push({ type: 'message', role, content });
  }

  #callId(id: string): string {
    const { callIds } = this.#dialect;
    return callIds === null ? id : acceptedCallId(id, callIds);
  }

  #cached(part: JsonObject, cache: CacheBreakpoint | null): JsonObject {
    if (cache === null) return part;
    if (this.#caches) return { ...part, prompt_cache_breakpoint: promptCacheBreakpoint(cache) };
    this.#drop('cache_control');
    return part;
  }

  #drop(name: string): void {
    this.#warnings.dropped(`messages.${name}`);
  }
}
