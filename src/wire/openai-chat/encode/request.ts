import type { AnswerFormat, ChatRequest, Tool } from '../../../protocol/chat.ts';
import type { Warning } from '../../../protocol/wire.ts';
import { WarningList } from '../../warning-list.ts';
import type { ChatNotes, EncodedRequest } from '../../codec.ts';
import { AddedFields } from '../../added-fields.ts';
import type { AddedField, TargetRequest } from '../../exchange.ts';
import { isJsonObject } from '../../json/value.ts';
import { withoutBilling } from '../../chat/billing-line.ts';
import { writeExtras } from '../../chat/extras.ts';
import { repairCalls } from '../../chat/repair-calls.ts';
import { strictFormat, toolDefinition } from '../../chat/tool-definition.ts';
import { ToolNames } from '../../chat/tool-names.ts';
import { acceptedUser } from '../../chat/user-id.ts';
import { extraNamesOf } from '../extra-names.ts';
import { fitMessages } from '../fit-messages.ts';
import { MessageEncoder, type OutgoingMessage } from './messages.ts';
import { encodePrefill } from './prefill.ts';
import { encodeEffort } from './reasoning.ts';
import { RequestBounds } from '../request-bounds.ts';
import {
  isAllowedDefault,
  isGiven,
  isLimit,
  MAX_COMPLETION_TOKENS,
  MAX_TOKENS,
  outgoingName,
  refusedNames,
  supportsStreamUsage,
} from '../request-rules.ts';
import { fitToolChoice, type FittedToolChoice, type ToolChoiceWish } from '../tool-choice.ts';
import type { OpenAiChatDialect, OpenAiTraits } from '../dialect.ts';

/** Defaults that the neutral request already contains: the decoder applied them where the client sent nothing. */
const DECODED_DEFAULTS: ReadonlySet<string> = new Set([
  ...['temperature', 'top_p', 'top_k', 'stop', 'tools', 'tool_choice', 'parallel_tool_calls'],
  ...['response_format', 'reasoning_effort', 'user', 'safety_identifier', 'service_tier'],
]);

/** Fields that stand for something which the client's wire expresses otherwise, and that can be left out. */
const STAND_INS: ReadonlySet<string> = new Set([
  ...['reasoning_effort', 'user', 'service_tier', 'parallel_tool_calls'],
]);

/**
 * Writes a chat request as a body of OpenAI's chat wire, in the dialect of the target's server. Throws a `GatewayError`
 * `unsupported_parameter` for an image or file that the wire cannot carry.
 */
export function encodeOpenAiRequest(
  request: ChatRequest,
  target: TargetRequest,
  dialect: OpenAiChatDialect,
): EncodedRequest<'chat'> {
  const encoder = new RequestEncoder(request, target, dialect);
  encoder.run();
  const body = Buffer.from(JSON.stringify(Object.fromEntries(encoder.fields)));
  const { warnings, requestsStream, notes, added } = encoder;
  return { body, warnings, requestsStream, notes, added };
}

class RequestEncoder {
  /** The keys of the body by outgoing name, in output order. */
  readonly fields = new Map<string, unknown>();
  readonly #warnings = new WarningList();
  readonly requestsStream: boolean;
  readonly #request: ChatRequest;
  readonly #target: TargetRequest;
  readonly #dialect: OpenAiChatDialect;
  readonly #traits: OpenAiTraits;
  readonly #refused: readonly string[];
  readonly #added: AddedFields;
  readonly #names: ToolNames;

  constructor(request: ChatRequest, target: TargetRequest, dialect: OpenAiChatDialect) {
    this.#request = request;
    this.#target = target;
    this.#dialect = dialect;
    this.requestsStream = request.stream || dialect.unaryAsStream;
    this.#traits = dialect.traits;
    this.#added = new AddedFields(target);
    this.#refused = [
      ...refusedNames(dialect, target.modelId),
      ...this.#added.withheld.filter((name) => STAND_INS.has(name)),
    ];
    this.#names = new ToolNames(this.#traits.toolNameLength);
  }

  get warnings(): readonly Warning[] {
    return this.#warnings.all;
  }

  get added(): readonly AddedField[] {
    return this.#added.all;
  }

  get notes(): ChatNotes | null {
    return this.#names.notes;
  }

  run(): void {
    const { modelId } = this.#target;
    const messages = new MessageEncoder(this.#dialect, this.#target, this.#names, this.#warnings);
    this.fields.set('model', modelId);
    const repaired = repairCalls(withoutBilling(this.#request.messages), this.#warnings);
    const turns = messages.encode(repaired);
    this.fields.set('messages', fitMessages(turns, this.#dialect.quirks, this.#warnings));
    this.#setTools();
    this.#setSampling();
    this.#setOthers();
    this.#setDefaults();
    this.#setPrefill();
    this.#setStream();
  }

  /**
   * Sets a key under the upstream's name for it; a key that the upstream refuses is left out with a warning. Null is
   * ignored.
   */
  #set(name: string, value: unknown): void {
    if (!isGiven(value)) return;
    const outgoing = outgoingName(this.#dialect, name, this.#added.withheld);
    if (this.#refused.includes(outgoing)) {
      this.#warn(name);
      return;
    }
    this.fields.set(outgoing, value);
    if (outgoing !== name || STAND_INS.has(name)) this.#added.note(outgoing);
  }

  /**
   * Every server knows the older name; the dialect renames it where the newer one is required (wire case 81). A server
   * that asks for the newer one ("Use 'max_completion_tokens' instead", OpenAI's reasoning models) gets that.
   */
  #setLimit(limit: unknown): void {
    if (!isGiven(limit)) return;
    const outgoing = outgoingName(this.#dialect, MAX_TOKENS, this.#added.withheld);
    if (outgoing !== MAX_TOKENS || this.#refused.includes(outgoing)) {
      this.#set(MAX_TOKENS, limit);
    } else if (this.#added.isWithheld(MAX_TOKENS)) {
      this.fields.set(MAX_COMPLETION_TOKENS, limit);
    } else {
      this.fields.set(MAX_TOKENS, limit);
      this.#added.note(MAX_TOKENS, MAX_COMPLETION_TOKENS);
    }
  }

  /** Without tools the choice is dropped (wire case 78). */
  #setTools(): void {
    const { toolChoice, parallelTools } = this.#request;
    let { tools } = this.#request;
    if (tools.length === 0) return;
    let choice: unknown = toolChoice?.type ?? null;
    if (toolChoice?.type === 'tool') {
      choice = { type: 'function', function: { name: this.#names.outgoing(toolChoice.name) } };
    }
    const fitted = this.#fitToolChoice(tools);
    if (fitted !== null) {
      const { kept } = fitted;
      if (kept !== null) tools = tools.filter(({ name }) => kept.has(name));
      if (tools.length === 0) return;
      choice = fitted.mode;
    }
    if (tools.some(({ cache }) => cache !== null)) this.#warn('tools.cache_control');
    if (this.#dialect.quirks.looseTools === true && tools.some(({ strict }) => strict === true))
      this.#warn('tools.strict');
    this.#set(
      'tools',
      tools.map((tool, index) => this.#tool(tool, index)),
    );
    this.#set('tool_choice', choice);
    this.#set('parallel_tool_calls', parallelTools);
  }

  #fitToolChoice(tools: readonly Tool[]): FittedToolChoice | null {
    const { toolChoice } = this.#request;
    if (toolChoice === null) return null;
    const wish: ToolChoiceWish =
      toolChoice.type === 'tool'
        ? { mode: 'required', names: new Set([toolChoice.name]) }
        : { mode: toolChoice.type, names: null };
    const offered = tools.map(({ name }) => name);
    return fitToolChoice(wish, offered, this.#traits.toolChoice, this.#warnings);
  }

  #tool(tool: Tool, index: number): object {
    const checks = { schemas: this.#dialect.schemas, checksStrictTools: this.#traits.checksStrictTools };
    const { strict, ...definition } = toolDefinition(tool, index, checks, this.#names, this.#warnings);
    return { type: 'function', function: { ...definition, ...(strict === null ? null : { strict }) } };
  }

  #setSampling(): void {
    const { maxOutputTokens, temperature, topP, topK, stop } = this.#request;
    const bounds = new RequestBounds(this.#dialect, this.#target, this.#warnings);
    this.#setLimit(bounds.limit(maxOutputTokens, MAX_TOKENS));
    this.#set('temperature', temperature);
    this.#set('top_p', topP);
    if (topK !== null && !this.#traits.topK) this.#warn('top_k');
    else this.#set('top_k', topK);
    const stops = this.#refused.includes('stop') ? stop : bounds.stops(stop);
    this.#set('stop', stop.length === 0 ? null : stops);
    this.#setExtras();
  }

  /** Without the target's defaults, which are set by their own names. */
  #setExtras(): void {
    const names = extraNamesOf(this.#traits.extras);
    const extras = writeExtras(this.#request, { params: {} }, names, this.#warnings);
    for (const [name, value] of extras) this.#set(name, value);
  }

  #setOthers(): void {
    const { reasoning, user, serviceTier } = this.#request;
    const { format: wanted } = this.#request;
    const isFlagged = wanted !== null && this.#traits.flagsStrictFormat;
    const format = isFlagged ? strictFormat(wanted, this.#warnings) : wanted;
    this.#set('response_format', format === null ? null : encodeFormat(format));
    const effort = encodeEffort(reasoning, this.#traits, this.#target, this.#warnings);
    this.#set('reasoning_effort', effort);
    this.#set('user', acceptedUser(user, this.#warnings));
    if (serviceTier !== null && !this.#traits.serviceTiers.includes(serviceTier)) this.#warn('service_tier');
    else this.#set('service_tier', serviceTier);
  }

  /** The target's defaults are in OpenAI's format, so even those that the neutral form lacks can be sent. */
  #setDefaults(): void {
    for (const [name, value] of Object.entries(this.#target.params)) {
      if (!DECODED_DEFAULTS.has(name) && !isLimit(name) && isAllowedDefault(name, value))
        this.#set(name, value);
    }
  }

  /** The fields of a prefill have a meaning only together. */
  #setPrefill(): void {
    const messages = this.fields.get('messages') as readonly OutgoingMessage[];
    const { prefill } = this.#traits;
    const isRefused =
      isJsonObject(prefill) && Object.keys(prefill).some((name) => this.#added.isWithheld(name));
    const fields = encodePrefill(messages, isRefused ? 'new turn' : prefill, this.#warnings);
    for (const [name, value] of Object.entries(fields)) {
      this.#set(name, value);
      this.#added.note(name);
    }
  }

  #setStream(): void {
    if (!this.requestsStream) return;
    this.fields.set('stream', true);
    const name = 'stream_options';
    if (!supportsStreamUsage(this.#dialect) || this.#added.isWithheld(name)) return;
    this.fields.set(name, { include_usage: true });
    this.#added.note(name);
  }

  #warn(name: string): void {
    this.#warnings.dropped(name);
  }
}

function encodeFormat(format: AnswerFormat): object {
  if (format.type === 'json-object') return { type: 'json_object' };
  const { name, description, schema, strict } = format;
  const definition = {
    name,
    ...(description === null ? null : { description }),
    schema,
    ...(strict === null ? null : { strict }),
  };
  return { type: 'json_schema', json_schema: definition };
}
