import type { AnswerFormat, ChatRequest, Tool } from '../../../protocol/chat.ts';
import type { Warning } from '../../../protocol/wire.ts';
import { AddedFields } from '../../added-fields.ts';
import { writeExtras } from '../../chat/extras.ts';
import type { EncodedRequest } from '../../codec.ts';
import type { AddedField, TargetRequest } from '../../exchange.ts';
import { fitToolChoice, type ToolChoiceWish } from '../../openai-chat/tool-choice.ts';
import { largestLimit, lowerLimit } from '../../output-limit.ts';
import { WarningList } from '../../warning-list.ts';
import type { OllamaChatDialect } from '../dialect.ts';
import { OLLAMA_EXTRA_NAMES } from '../extra-names.ts';
import { NUM_PREDICT, OPTION_NAMES, OWN_OPTIONS } from '../options.ts';
import { encodeThink } from '../think.ts';
import { encodeMessages } from './messages.ts';

/** Defaults that the neutral request already contains, and those that a request never gets. */
const READ_DEFAULTS: ReadonlySet<string> = new Set([
  ...Object.keys(OPTION_NAMES),
  ...Object.keys(OLLAMA_EXTRA_NAMES),
  ...['tools', 'tool_choice', 'parallel_tool_calls', 'response_format', 'reasoning_effort', 'think'],
  ...['user', 'safety_identifier', 'service_tier', 'verbosity', 'metadata', 'prompt_cache_key'],
  ...['model', 'messages', 'stream', 'stream_options'],
]);

/** What makes a prompt that is too long an error, and a reply that fills the window end (wire case 158). */
const UNCUT = ['truncate', 'shift'] as const;

/**
 * Writes a chat request for Ollama's `/api/chat`. Throws a `GatewayError`: `unsupported_parameter` for an image or file
 * that it does not take, `invalid_body` for a choice of a tool that is not offered.
 */
export function encodeOllamaChatRequest(
  request: ChatRequest,
  target: TargetRequest,
  dialect: OllamaChatDialect,
): EncodedRequest<'chat'> {
  const encoder = new RequestEncoder(request, target, dialect);
  encoder.run();
  const { fields, warnings, requestsStream, added } = encoder;
  const body = Buffer.from(JSON.stringify(Object.fromEntries(fields)));
  return { body, warnings, requestsStream, notes: null, added };
}

class RequestEncoder {
  readonly fields = new Map<string, unknown>();
  readonly requestsStream: boolean;
  readonly #options = new Map<string, unknown>();
  readonly #request: ChatRequest;
  readonly #target: TargetRequest;
  readonly #dialect: OllamaChatDialect;
  readonly #warnings = new WarningList();
  readonly #added: AddedFields;

  constructor(request: ChatRequest, target: TargetRequest, dialect: OllamaChatDialect) {
    this.#request = request;
    this.#target = target;
    this.#dialect = dialect;
    this.#added = new AddedFields(target);
    this.requestsStream = request.stream || dialect.unaryAsStream;
  }

  get warnings(): readonly Warning[] {
    return this.#warnings.all;
  }

  get added(): readonly AddedField[] {
    return this.#added.all;
  }

  run(): void {
    const { messages, format } = this.#request;
    this.fields.set('model', this.#target.modelId);
    this.fields.set('messages', encodeMessages(messages, this.#target, this.#warnings));
    this.#setTools();
    this.#set('format', format === null ? null : encodeFormat(format));
    this.#setThink();
    this.#setOptions();
    this.#dropOthers();
    if (this.#options.size > 0) this.fields.set('options', Object.fromEntries(this.#options));
    // Its default is a stream (wire case 149).
    this.fields.set('stream', this.requestsStream);
    for (const name of UNCUT) this.#setUncut(name);
  }

  #set(name: string, value: unknown): void {
    if (value !== null) this.fields.set(name, value);
  }

  #setOption(name: string, value: unknown): void {
    if (value !== null) this.#options.set(name, value);
  }

  /** Ollama has no choice of tools: those that must not be called are not sent. Without tools the choice is dropped. */
  #setTools(): void {
    const { tools, toolChoice, parallelTools } = this.#request;
    if (tools.length === 0) return;
    let kept: ReadonlySet<string> | null = null;
    if (toolChoice !== null) {
      const wish: ToolChoiceWish =
        toolChoice.type === 'tool'
          ? { mode: 'required', names: new Set([toolChoice.name]) }
          : { mode: toolChoice.type, names: null };
      const offered = tools.map(({ name }) => name);
      kept = fitToolChoice(wish, offered, 'ignored', this.#warnings)?.kept ?? null;
    }
    const sent = tools.filter(({ name }) => kept === null || kept.has(name));
    if (sent.length === 0) return;
    if (parallelTools === false) this.#warnings.dropped('parallel_tool_calls');
    if (sent.some(({ strict }) => strict === true)) this.#warnings.dropped('tools.strict');
    if (sent.some(({ cache }) => cache !== null)) this.#warnings.dropped('tools.cache_control');
    this.fields.set('tools', sent.map(encodeTool));
  }

  /** A model that refuses the value is asked again without it. */
  #setThink(): void {
    const think = encodeThink(this.#request.reasoning, this.#target, this.#dialect, this.#warnings);
    if (think === null) return;
    if (this.#added.isWithheld('think')) {
      this.#warnings.dropped('reasoning_effort');
      return;
    }
    this.fields.set('think', think);
    this.#added.note('think');
  }

  #setOptions(): void {
    const { maxOutputTokens, temperature, topP, topK, stop } = this.#request;
    const { params } = this.#target;
    const largest = largestLimit(this.#target);
    const limit =
      maxOutputTokens === null ? null : lowerLimit(maxOutputTokens, largest, NUM_PREDICT, this.#warnings);
    this.#setOption(NUM_PREDICT, limit);
    this.#setOption('temperature', temperature);
    this.#setOption('top_p', topP);
    this.#setOption('top_k', topK);
    this.#setOption('stop', stop.length === 0 ? null : stop);
    const extras = writeExtras(this.#request, this.#target, OLLAMA_EXTRA_NAMES, this.#warnings);
    for (const [place, value] of extras) {
      const [name = '', option] = place.split('.', 2);
      if (option === undefined) this.#set(name, value);
      else this.#setOption(option, value);
    }
    for (const [name, value] of Object.entries(params)) {
      if (OWN_OPTIONS.has(name)) this.#setOption(name, value);
    }
  }

  #dropOthers(): void {
    const { user, serviceTier } = this.#request;
    if (user !== null) this.#warnings.dropped('user');
    if (serviceTier !== null) this.#warnings.dropped('service_tier');
    for (const [name, value] of Object.entries(this.#target.params)) {
      const isRead = READ_DEFAULTS.has(name) || OWN_OPTIONS.has(name);
      if (!isRead && value !== null && value !== undefined) this.#warnings.dropped(name);
    }
  }

  #setUncut(name: string): void {
    if (this.#added.isWithheld(name)) return;
    this.fields.set(name, false);
    this.#added.note(name);
  }
}

function encodeTool({ name, description, parameters }: Tool): object {
  return {
    type: 'function',
    function: { name, ...(description === null ? null : { description }), parameters },
  };
}

/** Any JSON, or the schema itself; its name and strictness have no place (wire case 95). */
function encodeFormat(format: AnswerFormat): unknown {
  return format.type === 'json-object' ? 'json' : format.schema;
}
