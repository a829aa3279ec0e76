import type { ChatRequest } from '../../../protocol/chat.ts';
import { GatewayError } from '../../../protocol/errors.ts';
import type { DecodedRequest } from '../../codec.ts';
import { holdsInexact, parseExact } from '../../json/exact.ts';
import type { ScannedRequest } from '../../exchange.ts';
import { lastField } from '../../json/scan.ts';
import { filledString, finiteNumber, isJsonObject, type JsonObject } from '../../json/value.ts';
import { decodeMessages, decodeSystem } from './messages.ts';
import { invalidField } from '../../fields/field-error.ts';
import { DroppedNames } from './dropped-names.ts';
import { decodeFormat, decodeReasoning } from './reasoning.ts';
import { decodeTools } from './tools.ts';
import { readDefaults, type Parameters } from '../parameters.ts';
import { parseBody } from '../../fields/read-body.ts';

/**
 * Fields that are translated. All others are specific to Anthropic (`context_management`, `container`, `mcp_servers`,
 * …).
 */
const TRANSLATED_FIELDS: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'system', 'stream', 'max_tokens', 'tools', 'tool_choice', 'thinking'],
  ...['output_config', 'output_format', 'temperature', 'top_p', 'top_k', 'stop_sequences', 'metadata'],
  'service_tier',
]);

/**
 * Defaults that are part of the neutral vocabulary but have no field in a Messages body; other defaults are applied by
 * the upstream's wire.
 */
const DROPPED_DEFAULTS: readonly string[] = [
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
];

/**
 * Decodes a client's Messages body, with the target's defaults for missing fields. Explicit nulls count as absent, but
 * suppress the default (wire case 80). Fields that other vendors do not have are dropped, with one warning (case 133).
 * Throws a `GatewayError`: `unsupported_parameter` for content that cannot be dropped without changing the meaning,
 * `invalid_body` for a value of a wrong type.
 */
export function decodeMessagesRequest(
  source: ScannedRequest,
  params: Readonly<Record<string, unknown>>,
): DecodedRequest<'chat'> {
  const body = parse(source);
  if ((body['thread'] ?? null) !== null) throw threadUnsupported();
  const dropped = new DroppedNames();
  for (const [name, value] of Object.entries(body)) {
    if (!TRANSLATED_FIELDS.has(name) && value !== null) dropped.add(name);
  }
  for (const name of DROPPED_DEFAULTS) if ((params[name] ?? null) !== null) dropped.add(name);
  const { tools, choice, parallel } = decodeTools(body, dropped);
  const request: ChatRequest = {
    messages: [...decodeSystem(body['system'], dropped), ...decodeMessages(body['messages'], dropped)],
    tools,
    toolChoice: choice,
    parallelTools: parallel,
    format: decodeFormat(body),
    reasoning: decodeReasoning(body, params['reasoning_effort']),
    ...decodeParameters(body, readDefaults(params), dropped),
    stream: source.facts.stream,
  };
  return { request, warnings: dropped.warnings, replyOptions: { includeUsage: true, legacyCalls: false } };
}

/**
 * A thread is a conversation stored at the server: requests that continue it contain no history, and Laneway stores
 * none. The details make Anthropic's SDK (`ThreadState`) send the whole history from now on. The first request of a
 * thread is rejected too, since the client would continue it from the reply's id.
 */
function threadUnsupported(): GatewayError {
  const message =
    "'thread' is supported by Anthropic's own API only: send the whole conversation in 'messages'.";
  return new GatewayError('unsupported_parameter', message, {
    param: 'thread',
    messagesDetails: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
  });
}

/** Numbers in `messages`, such as ids in a tool's input, keep their spelling (wire case 99). */
function parse({ body, fields }: ScannedRequest): JsonObject {
  const parsed = parseBody(body);
  const messages = lastField(fields, 'messages');
  if (messages === null) return parsed;
  const text = body.toString('utf8', messages.valueStart, messages.valueEnd);
  return holdsInexact(text) ? { ...parsed, messages: parseExact(text) } : parsed;
}

/** A key that the client sent, even as null, overrides the default. */
function decodeParameters(body: JsonObject, defaults: Parameters, dropped: DroppedNames): Parameters {
  const has = (name: string): boolean => Object.hasOwn(body, name);
  return {
    maxOutputTokens: has('max_tokens') ? numberOf(body, 'max_tokens') : defaults.maxOutputTokens,
    temperature: has('temperature') ? numberOf(body, 'temperature') : defaults.temperature,
    topP: has('top_p') ? numberOf(body, 'top_p') : defaults.topP,
    topK: has('top_k') ? numberOf(body, 'top_k') : defaults.topK,
    stop: has('stop_sequences') ? stopOf(body) : defaults.stop,
    user: has('metadata') ? userOf(body) : defaults.user,
    serviceTier: has('service_tier') ? tierOf(body, dropped) : defaults.serviceTier,
  };
}

function numberOf(body: JsonObject, name: string): number | null {
  const value = body[name] ?? null;
  if (value !== null && finiteNumber(value) === null) throw invalidField(name, 'a number');
  return finiteNumber(value);
}

function stopOf(body: JsonObject): readonly string[] {
  const value = body['stop_sequences'] ?? [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((entry) => {
    if (typeof entry !== 'string') throw invalidField('stop_sequences', 'an array of strings');
    return entry;
  });
}

function userOf({ metadata }: JsonObject): string | null {
  return isJsonObject(metadata) ? filledString(metadata['user_id']) : null;
}

/** `standard_only` corresponds to OpenAI's `default`. */
function tierOf({ service_tier: tier }: JsonObject, dropped: DroppedNames): ChatRequest['serviceTier'] {
  if (tier === 'auto') return 'auto';
  if (tier === 'standard_only') return 'default';
  if (tier !== null) dropped.add('service_tier');
  return null;
}
