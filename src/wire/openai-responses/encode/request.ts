import type { AnswerFormat, ChatRequest } from '../../../protocol/chat.ts';
import { AddedFields } from '../../added-fields.ts';
import { withoutBilling } from '../../chat/billing-line.ts';
import { writeExtras } from '../../chat/extras.ts';
import { repairCalls } from '../../chat/repair-calls.ts';
import { strictFormat, toolDefinition } from '../../chat/tool-definition.ts';
import { ToolNames } from '../../chat/tool-names.ts';
import { acceptedUser } from '../../chat/user-id.ts';
import type { EncodedRequest } from '../../codec.ts';
import type { TargetRequest } from '../../exchange.ts';
import { encodeEffort } from '../../openai-chat/encode/reasoning.ts';
import { WarningList } from '../../warning-list.ts';
import { defaultFields } from '../default-fields.ts';
import type { ResponsesDialect } from '../dialect.ts';
import { boundedLimit, LIMIT, refusedNames } from '../request-rules.ts';
import { EXTRA_NAMES } from '../extra-names.ts';
import { InputEncoder } from './input-items.ts';

/** Defaults that the neutral request already contains: the decoder applied them where the client sent nothing. */
const DECODED_DEFAULTS: ReadonlySet<string> = new Set([
  ...['temperature', 'top_p', 'top_k', 'stop', 'tools', 'tool_choice', 'parallel_tool_calls', 'user'],
  ...['response_format', 'reasoning_effort', 'safety_identifier', 'service_tier', 'max_tokens'],
  ...['max_completion_tokens', ...Object.keys(EXTRA_NAMES), 'seed', 'frequency_penalty'],
  ...['presence_penalty', 'min_p', 'repeat_penalty', 'num_ctx', 'keep_alive'],
]);

/** Fields that the client's wire expresses otherwise, and that can be left out. */
const STAND_INS: ReadonlySet<string> = new Set([
  ...['reasoning.effort', 'reasoning.summary', 'safety_identifier', 'service_tier', 'parallel_tool_calls'],
  ...['include'],
]);

/**
 * Encodes a chat request as a body of the Responses API. Nothing is stored at the vendor: the conversation is in the
 * request, with reasoning encrypted. Throws a `GatewayError` `unsupported_parameter` for a conversation that becomes
 * empty.
 */
export function encodeResponsesRequest(
  request: ChatRequest,
  target: TargetRequest,
  dialect: ResponsesDialect,
): EncodedRequest<'chat'> {
  const encoder = new RequestEncoder(request, target, dialect);
  encoder.run();
  return {
    body: Buffer.from(JSON.stringify(encoder.body)),
    warnings: encoder.warnings.all,
    requestsStream: encoder.requestsStream,
    notes: encoder.names.notes,
    added: encoder.added.all,
  };
}

class RequestEncoder {
  readonly body: Record<string, unknown> = {};
  readonly warnings = new WarningList();
  readonly requestsStream: boolean;
  readonly added: AddedFields;
  readonly names: ToolNames;
  readonly #request: ChatRequest;
  readonly #target: TargetRequest;
  readonly #dialect: ResponsesDialect;
  readonly #refused: readonly string[];

  constructor(request: ChatRequest, target: TargetRequest, dialect: ResponsesDialect) {
    this.#request = request;
    this.#target = target;
    this.#dialect = dialect;
    this.requestsStream = request.stream || dialect.unaryAsStream;
    this.added = new AddedFields(target);
    this.names = new ToolNames(dialect.traits.toolNameLength);
    this.#refused = refusedNames(dialect, target.modelId);
  }

  run(): void {
    const { modelId } = this.#target;
    const { messages, temperature, topP, topK, stop } = this.#request;
    this.body['model'] = modelId;
    const turns = repairCalls(withoutBilling(messages), this.warnings);
    const encoded = new InputEncoder(this.#dialect, modelId, this.names, this.warnings).encode(turns);
    this.#set('instructions', encoded.instructions);
    this.body['input'] = encoded.input;
    this.#setTools();
    this.#setLimit();
    this.#set('temperature', temperature);
    this.#set('top_p', topP);
    if (topK !== null) this.warnings.dropped('top_k');
    // This wire has none.
    if (stop.length > 0) this.warnings.dropped('stop');
    this.#setFormat();
    this.#setReasoning();
    this.#setOthers();
    this.#setDefaults();
    this.body['store'] = false;
    if (this.requestsStream) this.body['stream'] = true;
  }

  /**
   * Sets a field, or with a dot the key of one; one that the target refuses is left out with a warning. Null is ignored.
   */
  #set(path: string, value: unknown): void {
    if (value === null || value === undefined) return;
    const [name = path, key] = path.split('.', 2);
    const isWithheld = STAND_INS.has(path) && this.added.isWithheld(path);
    if (isWithheld || this.#refused.includes(name)) {
      this.warnings.dropped(path);
      return;
    }
    if (key === undefined) this.body[name] = value;
    else this.body[name] = { ...(this.body[name] as object | undefined), [key]: value };
    if (STAND_INS.has(path)) this.added.note(path);
  }

  /** Functions are strict unless they say otherwise in this wire. Without tools the choice is dropped (wire case 78). */
  #setTools(): void {
    const { tools, toolChoice, parallelTools } = this.#request;
    if (tools.length === 0) return;
    if (tools.some(({ cache }) => cache !== null)) this.warnings.dropped('tools.cache_control');
    const checks = {
      schemas: this.#dialect.schemas,
      checksStrictTools: this.#dialect.traits.checksStrictTools,
    };
    const definitions = tools.map((tool, index) => {
      const { strict, ...definition } = toolDefinition(tool, index, checks, this.names, this.warnings);
      return { type: 'function', ...definition, strict: strict ?? false };
    });
    this.#set('tools', definitions);
    const isNamed = toolChoice?.type === 'tool';
    const named = isNamed ? { type: 'function', name: this.names.outgoing(toolChoice.name) } : null;
    this.#set('tool_choice', named ?? toolChoice?.type);
    this.#set('parallel_tool_calls', parallelTools);
  }

  #setLimit(): void {
    const { maxOutputTokens } = this.#request;
    if (maxOutputTokens === null) return;
    this.#set(LIMIT, boundedLimit(maxOutputTokens, this.#dialect, this.#target, this.warnings));
  }

  #setFormat(): void {
    const { format } = this.#request;
    if (format === null) return;
    const { flagsStrictFormat } = this.#dialect.traits;
    this.#set('text.format', encodeFormat(flagsStrictFormat ? strictFormat(format, this.warnings) : format));
  }

  /**
   * The summary is requested for clients that ask for the thinking itself. Encrypted reasoning lets the model go on with
   * its reasoning after a call, since nothing is stored; models that do not reason reject the wish.
   */
  #setReasoning(): void {
    const { modelId, reasons = false } = this.#target;
    const { traits, encryptsReasoning } = this.#dialect;
    const { reasoning } = this.#request;
    const wish = reasoning === null ? null : { ...reasoning, display: null };
    const effort = encodeEffort(wish, traits, this.#target, this.warnings);
    this.#set('reasoning.effort', effort);
    const isShown = reasoning !== null && (reasoning.budgetTokens !== null || reasoning.display !== null);
    if (isShown && reasoning.display !== 'omitted' && effort !== 'none' && effort !== null)
      this.#set('reasoning.summary', 'auto');
    const isReasoning = reasons || (traits.effortModels?.test(modelId) ?? true);
    if (encryptsReasoning && isReasoning && effort !== 'none')
      this.#set('include', ['reasoning.encrypted_content']);
  }

  #setOthers(): void {
    const { user, serviceTier } = this.#request;
    this.#set('safety_identifier', acceptedUser(user, this.warnings));
    if (serviceTier !== null && !this.#dialect.traits.serviceTiers.includes(serviceTier))
      this.warnings.dropped('service_tier');
    else this.#set('service_tier', serviceTier);
    const places = Object.entries(EXTRA_NAMES).filter(([field]) =>
      this.#dialect.extras.some((extra) => extra === field),
    );
    const extras = writeExtras(this.#request, this.#target, Object.fromEntries(places), this.warnings);
    for (const [path, value] of extras) this.#set(path, value);
  }

  /** The target's defaults that the neutral form lacks. */
  #setDefaults(): void {
    const others = Object.entries(this.#target.params).filter(([name]) => !DECODED_DEFAULTS.has(name));
    const { fields, dropped } = defaultFields(Object.fromEntries(others));
    for (const name of dropped) this.warnings.dropped(name);
    for (const { name, value } of fields) if (this.body[name] === undefined) this.#set(name, value);
  }
}

function encodeFormat(format: AnswerFormat): object {
  if (format.type === 'json-object') return { type: 'json_object' };
  const { name, description, schema, strict } = format;
  return {
    type: 'json_schema',
    name,
    ...(description === null ? null : { description }),
    schema,
    ...(strict === null ? null : { strict }),
  };
}
