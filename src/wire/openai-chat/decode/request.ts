import type { ChatRequest, Tool } from '../../../protocol/chat.ts';
import { GatewayError } from '../../../protocol/errors.ts';
import { readExtras } from '../../chat/extras.ts';
import type { DecodedRequest } from '../../codec.ts';
import type { ScannedRequest } from '../../exchange.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { readEffort, readFormat, readThink } from './format.ts';
import { readMessages } from './messages.ts';
import {
  readFunctionCallChoice,
  readFunctions,
  readToolChoice,
  readTools,
  type ReadToolChoice,
} from './tools.ts';
import { invalidField, untranslatableField } from '../../fields/field-error.ts';
import { EXTRA_NAMES } from '../extra-names.ts';
import { RequestValues } from './request-values.ts';

/** Keys that are read below or that the exchange handles. */
const HANDLED: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens'],
  ...['temperature', 'top_p', 'top_k', 'stop', 'user', 'safety_identifier', 'service_tier'],
  ...['tools', 'tool_choice', 'parallel_tool_calls', 'functions', 'function_call'],
  ...['response_format', 'reasoning_effort', 'think', 'prompt_cache_options'],
  // The upstream's wire reports those that it does not have.
  ...Object.values(EXTRA_NAMES),
]);

/**
 * Keys that no other wire can express and that change what a correct reply is, with the values for which they do. Keys
 * that only influence sampling (`logit_bias`, …) or serve the vendor's accounting are dropped with a warning.
 */
const REFUSED: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['n', (value: unknown): boolean => value !== 1],
  ['logprobs', (value: unknown): boolean => value !== false],
  ['modalities', (value: unknown): boolean => Array.isArray(value) && value.some((name) => name !== 'text')],
  ['audio', (): boolean => true],
  ['web_search_options', (): boolean => true],
]);

/**
 * Reads a client's body, with the target's defaults for what it left out, into the neutral form. Explicit nulls count
 * as absent (wire case 80). Throws a `GatewayError`: `unsupported_parameter` for what cannot be translated,
 * `invalid_body` for a value of a wrong type, `invalid_json`.
 */
export function decodeOpenAiRequest(
  source: ScannedRequest,
  params: Readonly<Record<string, unknown>>,
): DecodedRequest<'chat'> {
  const body = parse(source.body);
  const values = new RequestValues(body, params);
  checkOtherKeys(values);
  const cacheTtl = values.read('prompt_cache_options', readCacheTtl);
  const messages = readMessages(body['messages'], cacheTtl, values.warnings);
  const request: ChatRequest = {
    messages,
    ...readToolOptions(values, cacheTtl),
    format: values.read('response_format', readFormat),
    reasoning: values.read('reasoning_effort', readEffort) ?? values.read('think', readThink),
    maxOutputTokens: readLimit(values),
    temperature: values.read('temperature', readNumber),
    topP: values.read('top_p', readNumber),
    topK: values.read('top_k', readNumber),
    stop: values.read('stop', readStop) ?? [],
    user: values.read('safety_identifier', readText) ?? values.read('user', readText),
    serviceTier: readServiceTier(values),
    ...readExtras(body, EXTRA_NAMES),
    stream: source.facts.stream,
  };
  const options = body['stream_options'];
  return {
    request,
    warnings: values.warnings,
    replyOptions: {
      includeUsage: isJsonObject(options) && options['include_usage'] === true,
      legacyCalls: isLegacy(body),
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

function checkOtherKeys(values: RequestValues): void {
  for (const [name, value] of values.given()) {
    if (HANDLED.has(name)) continue;
    const isRequested = REFUSED.get(name);
    if (isRequested === undefined) {
      if (!isNeutral(name, value)) values.report(name);
    } else if (isRequested(value)) {
      if (values.isSent(name)) throw untranslatableField(name);
      values.report(name);
    }
  }
}

/** Does the value mean the same as leaving the key out? */
function isNeutral(name: string, value: unknown): boolean {
  if (value === false || (value === 0 && name === 'top_logprobs')) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** The tools and their choice; without tools the choice is ignored (wire case 78). */
function readToolOptions(
  values: RequestValues,
  cacheTtl: string | null,
): Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelTools'> {
  const current = values.read('tools', (value, path) => readTools(value, path, cacheTtl)) ?? [];
  const legacy = values.read('functions', readFunctions) ?? [];
  const all = [...current, ...legacy];
  if (all.length === 0) return { tools: [], toolChoice: null, parallelTools: null };
  const choice =
    values.read('tool_choice', readToolChoice) ?? values.read('function_call', readFunctionCallChoice);
  // A legacy message can hold only one call.
  const parallelTools = current.length === 0 ? false : values.read('parallel_tool_calls', readFlag);
  return { tools: allowedTools(all, choice), toolChoice: choice?.choice ?? null, parallelTools };
}

/** Other wires have no `allowed_tools`: only the allowed tools go out. */
function allowedTools(tools: readonly Tool[], choice: ReadToolChoice | null): readonly Tool[] {
  const allowed = choice?.allowed ?? null;
  if (allowed === null) return tools;
  const remaining = tools.filter((tool) => allowed.has(tool.name));
  if (remaining.length === 0) throw invalidField('tool_choice.allowed_tools.tools', "names from 'tools'");
  return remaining;
}

/** Did the client use the legacy `functions`, whose replies have another shape (wire case 76)? */
function isLegacy(body: JsonObject): boolean {
  const { tools, functions } = body;
  return Array.isArray(functions) && functions.length > 0 && !(Array.isArray(tools) && tools.length > 0);
}

/** The newer name wins (wire case 81); a negative limit means none, as on several engines. */
function readLimit(values: RequestValues): number | null {
  const names = ['max_completion_tokens', 'max_tokens'];
  const sent = names.filter((name) => values.isSent(name));
  for (const name of sent.length > 0 ? sent : names) {
    const limit = values.read(name, readNumber);
    if (limit !== null) return limit >= 0 ? limit : null;
  }
  return null;
}

/** Other tiers have no equivalent (wire case 97). */
function readServiceTier(values: RequestValues): ChatRequest['serviceTier'] {
  const tier = values.read('service_tier', readText);
  if (tier === null || tier === 'auto' || tier === 'default') return tier;
  values.report('service_tier');
  return null;
}

function readNumber(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalidField(path, 'a number');
  return value;
}

function readFlag(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw invalidField(path, 'true or false');
  return value;
}

/** An empty string counts as absent. */
function readText(value: unknown, path: string): string | null {
  if (typeof value !== 'string') throw invalidField(path, 'a string');
  return value === '' ? null : value;
}

function readCacheTtl(value: unknown): string | null {
  return isJsonObject(value) ? filledString(value['ttl']) : null;
}

function readStop(value: unknown, path: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((entry) => {
    if (typeof entry !== 'string') throw invalidField(path, 'a string or a list of strings');
    return entry;
  });
}
