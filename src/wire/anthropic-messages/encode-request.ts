import type { AnswerFormat, ChatRequest } from '../../protocol/chat.ts';
import type { ModelRules } from '../../protocol/model-rules.ts';
import type { EncodedRequest } from '../codec.ts';
import { ToolNames } from '../chat/tool-names.ts';
import type { TargetRequest } from '../exchange.ts';
import { CacheMarks } from './cache-marks.ts';
import type { MessagesDialect } from './dialect.ts';
import { encodeMessages, inLoopWithoutThinking } from './encode-messages.ts';
import { encodeThinking, type EncodedThinking } from './encode-thinking.ts';
import { chooseTools, encodeTools } from './encode-tools.ts';
import { transformSchema } from './json-schema.ts';
import type { Block } from './message-body.ts';
import { WarningList } from '../warning-list.ts';

/** Sent where neither the client nor anything known of the model names a limit: the Messages API demands one. */
const ASSUMED_MAX_TOKENS = 4096;

/** The longest name of a tool, in characters (docs, "Define tools"). */
const MAX_TOOL_NAME = 128;

/** Below it `top_p` is refused beside thinking (docs, extended thinking, feature compatibility). */
const MIN_TOP_P_THINKING = 0.95;

/** What every server of this wire takes, where its provider knows nothing of the model. */
const COMMON: ModelRules = {
  sampling: true,
  manualThinking: true,
  adaptiveThinking: false,
  withoutThinking: 'always',
  efforts: [],
  forcedToolChoice: true,
  jsonSchema: false,
  prefill: true,
  systemTurns: false,
  documents: true,
  maxOutputTokens: null,
};

/**
 * Writes a chat request as a Messages body for `anthropic-version: 2023-06-01`, by the table of wire-formats 3.1 and the
 * rules of the model. Throws a `GatewayError` `unsupported_parameter` for what this model cannot take at all.
 */
export function encodeMessagesRequest(
  request: ChatRequest,
  target: TargetRequest,
  dialect: MessagesDialect,
): EncodedRequest<'chat'> {
  const rules = target.rules ?? COMMON;
  const asksForStream = request.stream || dialect.unaryAsStream;
  const warnings = new WarningList();
  const marks = new CacheMarks();
  const names = new ToolNames(MAX_TOOL_NAME);
  const context = { rules, marks, names, warnings };
  const declared = encodeTools(request, context);
  const { system, messages } = encodeMessages(request.messages, context);
  const maxTokens = limit(request, target, rules, warnings);
  const prefilled = messages.at(-1)?.role === 'assistant';
  const midReply = prefilled || inLoopWithoutThinking(messages);
  const thinking = encodeThinking(request.reasoning, { rules, maxTokens, midReply, warnings });
  const format = encodeFormat(request.format, rules.jsonSchema && !prefilled, warnings);
  marks.apply(warnings);
  const body = {
    model: target.modelId,
    max_tokens: maxTokens,
    ...systemField(format.instruction === null ? system : [...system, format.instruction]),
    messages,
    ...chooseTools(request, declared, thinking.thinking?.['type'] === 'enabled', context),
    ...(thinking.thinking === null ? {} : { thinking: thinking.thinking }),
    ...outputConfig(thinking, format.schema),
    ...stopSequences(request.stop, warnings),
    ...sampling(request, thinking, rules, warnings),
    ...(request.user === null ? {} : { metadata: { user_id: request.user } }),
    ...serviceTier(request.serviceTier),
    ...(asksForStream ? { stream: true } : {}),
  };
  return {
    body: Buffer.from(JSON.stringify(body)),
    warnings: warnings.all,
    asksForStream,
    notes: names.notes,
  };
}

function systemField(system: readonly Block[]): { system?: readonly Block[] } {
  return system.length === 0 ? {} : { system };
}

/** The API demands a limit: the client's, else the model's own, else a guess that is told (wire case 101). */
function limit(
  request: ChatRequest,
  target: TargetRequest,
  rules: ModelRules,
  warnings: WarningList,
): number {
  const known = request.maxOutputTokens ?? target.maxOutputTokens ?? rules.maxOutputTokens;
  if (known !== null) return known;
  warnings.add('max_tokens_assumed', String(ASSUMED_MAX_TOKENS));
  return ASSUMED_MAX_TOKENS;
}

interface EncodedFormat {
  readonly schema: Readonly<Record<string, unknown>> | null;
  readonly instruction: Block | null;
}

/**
 * A JSON schema is held by the API itself where the model can; else, and for "any JSON object", of which the API has no
 * word, the model is told so in its instructions. A forced tool would hold it closer, but its reply is a call and not
 * the text that the client waits for, and thinking forbids it.
 */
function encodeFormat(format: AnswerFormat | null, native: boolean, warnings: WarningList): EncodedFormat {
  if (format === null) return { schema: null, instruction: null };
  if (format.type === 'json-object') {
    warnings.changed('response_format (as an instruction)');
    return {
      schema: null,
      instruction: { type: 'text', text: 'Answer with one JSON object and nothing else.' },
    };
  }
  if (native) {
    const { description } = format;
    const schema = transformSchema(format.schema, 'response_format');
    const described = description !== null && schema['description'] === undefined;
    return { schema: described ? { ...schema, description } : schema, instruction: null };
  }
  warnings.changed('response_format (as an instruction)');
  const text = `Answer with one JSON value and nothing else. It must match this JSON schema:\n${JSON.stringify(format.schema)}`;
  return { schema: null, instruction: { type: 'text', text } };
}

function outputConfig(
  { effort }: EncodedThinking,
  schema: EncodedFormat['schema'],
): Readonly<Record<string, unknown>> {
  if (effort === null && schema === null) return {};
  return {
    output_config: {
      ...(effort === null ? {} : { effort }),
      ...(schema === null ? {} : { format: { type: 'json_schema', schema } }),
    },
  };
}

function stopSequences(
  stop: readonly string[],
  warnings: WarningList,
): { stop_sequences?: readonly string[] } {
  const sequences = stop.filter((sequence) => sequence.trim() !== '');
  if (sequences.length < stop.length) warnings.dropped('stop (blank)');
  return sequences.length === 0 ? {} : { stop_sequences: sequences };
}

interface Sampling {
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
}

/**
 * Models after Opus 4.6 take no sampling parameters at all (wire cases 102, 103), and none does beside thinking but a high
 * `top_p`; the others not every combination. The value that is the API's own default goes without a word.
 */
function sampling(
  { temperature, topP, topK }: ChatRequest,
  { thinking }: EncodedThinking,
  rules: ModelRules,
  warnings: WarningList,
): Sampling {
  const thinks = thinking !== null && thinking['type'] !== 'disabled';
  if (!rules.sampling || thinks) {
    if (temperature !== null && temperature !== 1) warnings.dropped('temperature');
    if (topK !== null) warnings.dropped('top_k');
    if (rules.sampling && topP !== null && topP >= MIN_TOP_P_THINKING) return { top_p: topP };
    if (topP !== null && topP !== 1) warnings.dropped('top_p');
    return {};
  }
  if (temperature !== null && temperature > 1) warnings.changed('temperature (1 at most)');
  const both = temperature !== null && topP !== null;
  if (both) warnings.dropped('top_p');
  return {
    ...(temperature === null ? {} : { temperature: Math.min(temperature, 1) }),
    ...(topP === null || both ? {} : { top_p: topP }),
    ...(topK === null ? {} : { top_k: topK }),
  };
}

/** OpenAI's `default` is what Anthropic calls the standard one (wire case 97). */
function serviceTier(tier: ChatRequest['serviceTier']): { service_tier?: 'auto' | 'standard_only' } {
  if (tier === null) return {};
  return { service_tier: tier === 'auto' ? 'auto' : 'standard_only' };
}
