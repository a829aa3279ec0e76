import type { CacheBreakpoint, ChatMessage, Part, TextPart, ToolCallPart } from '../../../protocol/chat.ts';
import { promptCacheBreakpoint } from '../../chat/prompt-cache.ts';
import type { ToolNames } from '../../chat/tool-names.ts';
import { CallExtras } from './call-extras.ts';
import { encodeMedia, inlineText, type ContentPart, type Media } from './media.ts';
import { untranslatableField } from '../../fields/field-error.ts';
import type { TargetRequest } from '../../exchange.ts';
import type { WarningList } from '../../warning-list.ts';
import { acceptedCallId, type CallIdRules } from '../../chat/call-ids.ts';
import type { OpenAiChatDialect, OpenAiTraits } from '../dialect.ts';
import { TurnReasoning } from './turn-reasoning.ts';

/**
 * Separates the text parts of one turn or tool result when they become a string (wire case 87), as the chat templates
 * of llama.cpp and vLLM do. Text parts of an assistant turn are fragments of one text and are joined without a
 * separator.
 */
const BETWEEN_PARTS = '\n';
/** Prefix for the text of a failed tool result, which OpenAI's wire cannot mark as an error (wire case 71). */
const ERROR_PREFIX = 'Error: ';
/** Text of a tool result that contains only images or files. */
const MEDIA_MOVED = 'The result is in the next message.';

/** A message of OpenAI's wire. */
export type OutgoingMessage = Readonly<Record<string, unknown>>;

/** What the encoder needs to know about the target and its server. */
type EncoderDialect = Pick<OpenAiChatDialect, 'traits' | 'callIds'>;
type EncoderTarget = Pick<TargetRequest, 'modelId' | 'callStates'>;

type ToolResultPart = Part & { readonly type: 'tool-result' };

/** Writes the turns of a request as messages of OpenAI's wire. */
export class MessageEncoder {
  readonly #messages: OutgoingMessage[] = [];
  readonly #warnings: WarningList;
  readonly #traits: OpenAiTraits;
  readonly #callIds: CallIdRules | null;
  readonly #names: ToolNames;
  readonly #systemRole: 'system' | 'developer';
  /** The model accepts cache breakpoints. */
  readonly #caches: boolean;
  readonly #target: EncoderTarget;
  readonly #extras: CallExtras;
  #reasoning: TurnReasoning;
  /** Tool name by call id. */
  readonly #callNames = new Map<string, string>();

  /** `warnings`: where content that was dropped or changed is added. */
  constructor(
    { traits, callIds }: EncoderDialect,
    target: EncoderTarget,
    names: ToolNames,
    warnings: WarningList,
  ) {
    const { modelId } = target;
    this.#traits = traits;
    this.#callIds = callIds;
    this.#target = target;
    this.#extras = new CallExtras(traits, target);
    this.#reasoning = new TurnReasoning(traits, modelId, []);
    this.#names = names;
    this.#warnings = warnings;
    this.#systemRole = traits.developerModels?.test(modelId) === true ? 'developer' : 'system';
    this.#caches = traits.cacheModels?.test(modelId) === true;
  }

  /**
   * Returns the messages. Throws a `GatewayError` `unsupported_parameter` for an image or file that the wire cannot
   * carry, and for a conversation that becomes empty.
   */
  encode(messages: readonly ChatMessage[]): readonly OutgoingMessage[] {
    this.#reasoning = new TurnReasoning(this.#traits, this.#target.modelId, messages);
    let index = 0;
    while (index < messages.length) {
      const message = messages[index];
      if (message?.role === 'user') {
        let end = index + 1;
        while (messages[end]?.role === 'user') end += 1;
        this.#users(messages.slice(index, end));
        index = end;
        continue;
      }
      if (message?.role === 'assistant') this.#assistant(message.parts);
      else if (message !== undefined) this.#system(message.parts);
      index += 1;
    }
    const isTurn = ({ role }: { readonly role?: unknown }): boolean => role !== this.#systemRole;
    // A request of system turns alone may be intended; one whose other turns all became empty is not.
    if (!this.#messages.some(isTurn) && messages.some(({ role }) => role !== 'system'))
      throw untranslatableField('messages', 'No message has content that this API supports.');
    this.#warn();
    return this.#messages;
  }

  #warn(): void {
    if (this.#reasoning.blank) this.#warnings.changed('messages.thinking (unknown, sent blank)');
    if (this.#extras.lost) this.#warnings.add('call_state_lost', this.#target.modelId);
  }

  #system(parts: readonly Part[]): void {
    const texts = parts.filter((part) => this.#isText(part));
    const content = this.#content(texts.map((part) => this.#textPart(part.text, part.cache)));
    if (texts.length > 0) this.#messages.push({ role: this.#systemRole, content });
  }

  /**
   * Consecutive user turns: first all tool results, which must directly follow the calls, then the media of those
   * results, then the other user content (wire cases 68, 135, 136).
   */
  #users(turns: readonly ChatMessage[]): void {
    const moved: ContentPart[] = [];
    for (const { parts } of turns) {
      for (const part of parts) if (part.type === 'tool-result') this.#toolResult(part, moved);
    }
    for (const [index, { parts }] of turns.entries()) {
      const userParts = parts.flatMap((part) => this.#userPart(part));
      const content = index === 0 ? [...moved, ...userParts] : userParts;
      if (content.length === 0) continue;
      const isList = this.#traits.textParts === true && content.length > 1;
      this.#messages.push({ role: 'user', content: isList ? content : this.#content(content) });
    }
  }

  #toolResult(part: ToolResultPart, moved: ContentPart[]): void {
    const texts: string[] = [];
    const media: Media[] = [];
    for (const item of part.content) {
      const text = item.type === 'text' ? item.text : inlineText(item);
      if (text !== null) texts.push(text);
      else if (item.type !== 'text') media.push(item);
    }
    if (media.length > 0) {
      const name = this.#callNames.get(part.callId);
      const call = name === undefined ? part.callId : `${name} (${part.callId})`;
      moved.push({ type: 'text', text: `From the result of the tool call ${call}:` });
      for (const item of media) moved.push(encodeMedia(item, this.#traits));
      if (texts.length === 0) texts.push(MEDIA_MOVED);
    }
    if (part.cache !== null || part.content.some(({ cache }) => cache !== null)) this.#dropCache();
    const text = texts.join(BETWEEN_PARTS);
    this.#messages.push({
      role: 'tool',
      tool_call_id: this.#callId(part.callId),
      content: part.isError ? `${ERROR_PREFIX}${text}` : text,
    });
  }

  #userPart(part: Part): ContentPart[] {
    switch (part.type) {
      case 'text':
        return [this.#textPart(part.text, part.cache)];
      case 'document':
      case 'image':
        return [this.#mediaPart(part)];
      case 'tool-result':
        return [];
      default:
        this.#drop(part.type);
        return [];
    }
  }

  /** A turn that becomes empty, such as one of thinking alone, is left out. */
  #assistant(parts: readonly Part[]): void {
    const texts: TextPart[] = [];
    const calls: ToolCallPart[] = [];
    let thinking = '';
    for (const part of parts) {
      if (part.type === 'thinking') thinking += part.text;
      else if (part.type === 'tool-call') calls.push(part);
      else if (this.#isText(part)) texts.push(part);
    }
    const reasoning = this.#reasoning.write(thinking);
    if (reasoning === null && parts.some(({ type }) => type === 'thinking')) this.#drop('thinking');
    if (texts.length === 0 && calls.length === 0 && reasoning === null) return;
    if (texts.some(({ cache }) => cache !== null) || calls.some(({ cache }) => cache !== null))
      this.#dropCache();
    const text = texts.map((part) => part.text).join('');
    this.#messages.push({
      role: 'assistant',
      content: text === '' && calls.length > 0 ? null : text,
      ...(reasoning ?? this.#reasoning.writeNone()),
      ...(calls.length === 0 ? null : { tool_calls: this.#calls(calls) }),
    });
  }

  #calls(calls: readonly ToolCallPart[]): readonly object[] {
    const extras = this.#extras.write(calls);
    return calls.map((call, nth) => ({ ...this.#call(call), ...extras[nth] }));
  }

  #call(call: ToolCallPart): object {
    const name = this.#names.outgoing(call.name);
    this.#callNames.set(call.id, name);
    return { id: this.#callId(call.id), type: 'function', function: { name, arguments: call.arguments } };
  }

  /** The id to send, unchanged if the server accepts it (wire case 77). */
  #callId(id: string): string {
    return this.#callIds === null ? id : acceptedCallId(id, this.#callIds);
  }

  /** Also records parts that a turn of this role cannot hold as dropped. */
  #isText(part: Part): part is TextPart {
    if (part.type !== 'text') this.#drop(part.type);
    return part.type === 'text';
  }

  #textPart(text: string, cache: CacheBreakpoint | null): ContentPart {
    return this.#withCache({ type: 'text', text }, cache);
  }

  #mediaPart(part: Media): ContentPart {
    const text = inlineText(part);
    if (text !== null) return this.#textPart(text, part.cache);
    return this.#withCache(encodeMedia(part, this.#traits), part.cache);
  }

  #withCache(part: ContentPart, cache: CacheBreakpoint | null): ContentPart {
    if (cache === null) return part;
    if (this.#caches) return { ...part, prompt_cache_breakpoint: promptCacheBreakpoint(cache) };
    this.#dropCache();
    return part;
  }

  #dropCache(): void {
    this.#drop('cache_control');
  }

  #drop(name: string): void {
    this.#warnings.dropped(`messages.${name}`);
  }

  /** A string if all parts are plain text (wire case 87). */
  #content(parts: readonly ContentPart[]): string | readonly ContentPart[] {
    const texts: string[] = [];
    for (const part of parts) {
      if (part.type !== 'text' || part['prompt_cache_breakpoint'] !== undefined) return parts;
      texts.push(part.text as string);
    }
    return texts.join(BETWEEN_PARTS);
  }
}
