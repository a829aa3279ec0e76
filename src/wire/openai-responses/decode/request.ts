import type { AnswerFormat, ChatRequest, ReasoningRequest } from '../../../protocol/chat.ts';
import { GatewayError } from '../../../protocol/errors.ts';
import { readExtras } from '../../chat/extras.ts';
import type { DecodedRequest } from '../../codec.ts';
import type { ScannedRequest } from '../../exchange.ts';
import { invalidField } from '../../fields/field-error.ts';
import { finiteNumber, filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { readEffort, readFormat, readSchema } from '../../openai-chat/decode/format.ts';
import { WarningList } from '../../warning-list.ts';
import { EXTRA_NAMES } from '../extra-names.ts';
import { checkFields } from './fields.ts';
import { readInput } from './input.ts';
import { replySettings, wantsEncrypted } from './settings.ts';
import { readToolChoice } from './tool-choice.ts';
import { ResponsesToolNames } from './tool-names.ts';
import { readTools } from './tools.ts';

/** Defaults of a target that would need another form here; other defaults without a field are the upstream's wire's. */
const DROPPED_DEFAULTS: readonly string[] = ['tools', 'tool_choice'];

/**
 * Decodes a client's Responses body, with the target's defaults for missing fields. Explicit nulls count as absent, but
 * suppress the default (wire case 80). Throws a `GatewayError`: `unsupported_parameter` for what needs a stored
 * conversation or cannot be dropped without changing the meaning, `invalid_body` for a value of a wrong type.
 */
export function decodeResponsesRequest(
  source: ScannedRequest,
  params: Readonly<Record<string, unknown>>,
): DecodedRequest<'chat'> {
  const body = parse(source.body);
  const warnings = new WarningList();
  checkFields(body, warnings);
  for (const name of DROPPED_DEFAULTS) if ((params[name] ?? null) !== null) warnings.dropped(name);
  const names = new ResponsesToolNames();
  const toolOptions = readToolOptions(body, names, warnings);
  const request: ChatRequest = {
    messages: readInput(body, names, warnings),
    ...toolOptions,
    ...readParameters(body, params, warnings),
    format: readTextFormat(body, params),
    reasoning: readReasoning(body, params['reasoning_effort']),
    ...readExtras(body, EXTRA_NAMES),
    stream: source.facts.stream,
  };
  const settings = replySettings(body);
  const encrypted = wantsEncrypted(body);
  return {
    request,
    warnings: warnings.all,
    replyOptions: {
      includeUsage: true,
      legacyCalls: false,
      responses: { settings, encrypted, tools: names.changed },
    },
  };
}

function parse(body: Buffer): JsonObject {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (isJsonObject(parsed)) return parsed;
  } catch {
    // Bodies above the parse limit were only scanned so far.
  }
  throw new GatewayError('invalid_json', 'The body is not valid JSON.');
}

/** The tools of the request and of its input items (`additional_tools`). Those that only OpenAI runs are reported. */
function readToolOptions(
  body: JsonObject,
  names: ResponsesToolNames,
  warnings: WarningList,
): Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelTools'> {
  const read = readTools([[body['tools'] ?? [], 'tools'], ...additionalTools(body['input'])], names);
  const chosen = readToolChoice(body['tool_choice'] ?? null, read, names);
  for (const type of read.hosted) warnings.dropped(`tools (${type})`);
  const parallel = body['parallel_tool_calls'] ?? null;
  if (parallel !== null && typeof parallel !== 'boolean')
    throw invalidField('parallel_tool_calls', 'true or false');
  return { ...chosen, parallelTools: chosen.tools.length === 0 ? null : parallel };
}

function additionalTools(input: unknown): (readonly [unknown, string])[] {
  if (!Array.isArray(input)) return [];
  return input.flatMap((item: unknown, index) =>
    isJsonObject(item) && item['type'] === 'additional_tools'
      ? [[item['tools'] ?? [], `input[${index}].tools`] as const]
      : [],
  );
}

type Parameters = Pick<
  ChatRequest,
  'maxOutputTokens' | 'temperature' | 'topP' | 'topK' | 'stop' | 'user' | 'serviceTier'
>;

/** The API has neither stop sequences nor `top_k`: those are the target's defaults alone. */
function readParameters(
  body: JsonObject,
  params: Readonly<Record<string, unknown>>,
  warnings: WarningList,
): Parameters {
  const number = (name: string, ...defaults: readonly string[]): number | null => {
    if (!Object.hasOwn(body, name)) {
      return defaults.map((key) => finiteNumber(params[key])).find((value) => value !== null) ?? null;
    }
    const value = body[name] ?? null;
    if (value !== null && finiteNumber(value) === null) throw invalidField(name, 'a number');
    return finiteNumber(value);
  };
  const { stop } = params;
  const stops: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  return {
    maxOutputTokens: number('max_output_tokens', 'max_completion_tokens', 'max_tokens'),
    temperature: number('temperature', 'temperature'),
    topP: number('top_p', 'top_p'),
    topK: finiteNumber(params['top_k']),
    stop: stops.filter((sequence) => typeof sequence === 'string'),
    user: userIn(body) ?? userIn(params),
    serviceTier: readServiceTier(body['service_tier'] ?? params['service_tier'] ?? null, warnings),
  };
}

function userIn(holder: Readonly<Record<string, unknown>>): string | null {
  return filledString(holder['safety_identifier']) ?? filledString(holder['user']);
}

/** Other tiers have no equivalent (wire case 97). */
function readServiceTier(tier: unknown, warnings: WarningList): ChatRequest['serviceTier'] {
  if (tier === null || tier === 'auto' || tier === 'default') return tier;
  warnings.dropped('service_tier');
  return null;
}

/** `text.format`, whose schema is not nested as in chats; else the target's `response_format`. */
function readTextFormat(
  { text }: JsonObject,
  params: Readonly<Record<string, unknown>>,
): AnswerFormat | null {
  const given = text ?? null;
  if (given !== null && !isJsonObject(given)) throw invalidField('text', 'an object');
  const format = given?.['format'] ?? null;
  if (format === null) return defaultFormat(params['response_format'] ?? null);
  const isSchema = isJsonObject(format) && format['type'] === 'json_schema';
  return isSchema ? readSchema(format, 'text.format') : readFormat(format, 'text.format');
}

/** A default that is not a format is ignored: the client did not send it. */
function defaultFormat(format: unknown): AnswerFormat | null {
  try {
    return format === null ? null : readFormat(format, 'response_format');
  } catch {
    return null;
  }
}

/**
 * `reasoning.effort`, else the target's default. A summary is what translated replies return anyway, but some vendors
 * return thinking only on request.
 */
function readReasoning({ reasoning }: JsonObject, fallback: unknown): ReasoningRequest | null {
  const given = reasoning ?? null;
  if (given !== null && !isJsonObject(given)) throw invalidField('reasoning', 'an object');
  const effort = given?.['effort'] ?? null;
  if (effort === null) return defaultEffort(fallback ?? null);
  const read = readEffort(effort, 'reasoning.effort');
  const wantsSummary = filledString(given?.['summary'] ?? given?.['generate_summary']) !== null;
  return read === null || !wantsSummary || read.effort === 'none' ? read : { ...read, display: 'summarized' };
}

function defaultEffort(effort: unknown): ReasoningRequest | null {
  try {
    return effort === null ? null : readEffort(effort, 'reasoning_effort');
  } catch {
    return null;
  }
}
