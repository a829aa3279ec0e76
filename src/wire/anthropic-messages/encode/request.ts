import type { AnswerFormat, ChatRequest } from '../../../protocol/chat.ts';
import type { ModelRules } from '../../../protocol/model-rules.ts';
import type { EncodedRequest } from '../../codec.ts';
import { writeExtras, type ExtraNames } from '../../chat/extras.ts';
import { ToolNames } from '../../chat/tool-names.ts';
import type { TargetRequest } from '../../exchange.ts';
import { CacheBreakpoints } from './cache-breakpoints.ts';
import type { MessagesDialect } from '../dialect.ts';
import { encodeMessages, inLoopWithoutThinking } from './messages.ts';
import { encodeThinking, type EncodedThinking } from './thinking.ts';
import { chooseTools, encodeTools } from './tools.ts';
import { transformSchema } from './json-schema.ts';
import type { Block } from './blocks.ts';
import { encodeLimit, encodeParameters } from '../parameters.ts';
import { WarningList } from '../../warning-list.ts';

/** Maximum length of a tool name, in characters (Anthropic documentation, "Define tools"). */
const MAX_TOOL_NAME = 128;

/** The Messages API has none of the extra fields: each is reported. */
const NO_EXTRAS: ExtraNames = {};

/** The fields that carry a client's reasoning effort. */
const THINKING_FIELDS: readonly string[] = ['thinking', 'output_config'];

/** What every server of this wire supports, for models without rules from their provider. */
const DEFAULT_RULES: ModelRules = {
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
 * Encodes a chat request as a Messages body for `anthropic-version: 2023-06-01`, by the rules of the model. Throws a
 * `GatewayError` `unsupported_parameter` for content that this model cannot take.
 */
export function encodeMessagesRequest(
  request: ChatRequest,
  target: TargetRequest,
  dialect: MessagesDialect,
): EncodedRequest<'chat'> {
  const rules = target.rules ?? DEFAULT_RULES;
  const requestsStream = request.stream || dialect.unaryAsStream;
  const warnings = new WarningList();
  const breakpoints = new CacheBreakpoints();
  const names = new ToolNames(MAX_TOOL_NAME);
  const context = { rules, breakpoints, names, warnings };
  const declared = encodeTools(request, context);
  const { system, messages } = encodeMessages(request.messages, context);
  const maxTokens = encodeLimit(request.maxOutputTokens, target, warnings);
  const prefilled = messages.at(-1)?.role === 'assistant';
  const midReply = prefilled || inLoopWithoutThinking(messages);
  const withheld = THINKING_FIELDS.some((name) => target.withheld?.includes(name) === true);
  if (withheld && request.reasoning !== null) warnings.dropped('reasoning_effort');
  const reasoning = withheld ? null : request.reasoning;
  const thinking = encodeThinking(reasoning, { rules, maxTokens, midReply, warnings });
  const format = encodeFormat(request.format, rules.jsonSchema && !prefilled, warnings);
  breakpoints.apply(warnings);
  writeExtras(request, target, NO_EXTRAS, warnings);
  const body = {
    model: target.modelId,
    max_tokens: maxTokens,
    ...systemField(format.instruction === null ? system : [...system, format.instruction]),
    messages,
    ...chooseTools(request, declared, thinking.thinking?.['type'] === 'enabled', context),
    ...(thinking.thinking === null ? {} : { thinking: thinking.thinking }),
    ...outputConfig(thinking, format.schema),
    ...encodeParameters(request, { rules }, thinks(thinking), warnings),
    ...(requestsStream ? { stream: true } : {}),
  };
  return {
    body: Buffer.from(JSON.stringify(body)),
    warnings: warnings.all,
    requestsStream,
    notes: names.notes,
    // A client of another wire has sent neither of them under its name.
    added: THINKING_FIELDS.filter((name) => reasoning !== null && name in body).map((name) => ({ name })),
  };
}

function thinks({ thinking }: EncodedThinking): boolean {
  return thinking !== null && thinking['type'] !== 'disabled';
}

function systemField(system: readonly Block[]): { system?: readonly Block[] } {
  return system.length === 0 ? {} : { system };
}

interface EncodedFormat {
  readonly schema: Readonly<Record<string, unknown>> | null;
  readonly instruction: Block | null;
}

/**
 * The API enforces a JSON schema if the model supports it. Otherwise, and for "any JSON object", which the API cannot
 * express, the format is added to the instructions. A forced tool would be stricter, but its reply is a call instead
 * of the text that the client expects, and it excludes thinking.
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
