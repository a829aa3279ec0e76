import type { ChatRequest } from '../../protocol/chat.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Warning } from '../../protocol/wire.ts';
import { finiteNumber, isJsonObject, type JsonObject } from '../json-value.ts';
import { readChatMessages } from './chat-messages.ts';
import type { OpenAiChatRequest } from './request.ts';

/** Warnings of unknown keys that one request may cause. */
const MAX_WARNINGS = 16;

/** Read below, or told in another way. */
const CARRIED: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens'],
  ...['temperature', 'top_p', 'top_k', 'stop', 'user', 'safety_identifier'],
]);

/** Mean nothing without the tools that are refused (wire case 78). */
const MOOT: ReadonlySet<string> = new Set(['tool_choice', 'function_call', 'parallel_tool_calls']);

/** What no translation carries yet, and when a value asks for it: a reply without it would be a wrong one. */
const REFUSED: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['tools', isNotEmpty],
  ['functions', isNotEmpty],
  ['response_format', (value: unknown): boolean => isJsonObject(value) && value['type'] !== 'text'],
  ['n', (value: unknown): boolean => value !== 1],
  ['logprobs', (value: unknown): boolean => value !== false],
  ['modalities', (value: unknown): boolean => Array.isArray(value) && value.some((name) => name !== 'text')],
  ['audio', (): boolean => true],
  ['reasoning_effort', (): boolean => true],
  ['web_search_options', (): boolean => true],
]);

/** A chat request in neutral words, and what its client wants of the stream. */
export interface DecodedChat {
  readonly request: ChatRequest;
  readonly warnings: readonly Warning[];
  /** The client asked for a stream's usage chunk. */
  readonly includeUsage: boolean;
}

/**
 * Reads a client's body, with the target's defaults for what it left out, into neutral words (wire-formats 3.1).
 * Explicit nulls count as absent (case 80). Throws a `GatewayError`: `unsupported_parameter` for what cannot be
 * carried, `invalid_body` for a carried value of a wrong type.
 */
export function decodeOpenAiChat(
  source: OpenAiChatRequest,
  params: Readonly<Record<string, unknown>>,
): DecodedChat {
  const body = parse(source.body);
  const warnings: Warning[] = [];
  const values = withDefaults(body, params);
  refuseOrReport(values, body, warnings);
  const messages = readChatMessages(body['messages'], warnings);
  const limitSent = Object.hasOwn(body, 'max_tokens') || Object.hasOwn(body, 'max_completion_tokens');
  const defaultLimit = finiteNumber(params['max_completion_tokens'] ?? params['max_tokens']);
  const options = values.get('stream_options');
  return {
    request: {
      messages,
      maxOutputTokens: limitSent ? source.facts.maxOutputTokens : defaultLimit,
      temperature: numberOf(values, 'temperature'),
      topP: numberOf(values, 'top_p'),
      topK: numberOf(values, 'top_k'),
      stop: stopOf(values.get('stop')),
      user: stringOf(values, 'safety_identifier') ?? stringOf(values, 'user'),
      stream: source.facts.stream,
    },
    warnings,
    includeUsage: isJsonObject(options) && options['include_usage'] === true,
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

/** The body's keys, then the defaults that it did not name, even as null (DESIGN section 3). */
function withDefaults(
  body: JsonObject,
  params: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, unknown> {
  const values = new Map(Object.entries(body));
  for (const [name, value] of Object.entries(params)) if (!values.has(name)) values.set(name, value);
  return values;
}

/** A default that cannot be carried is only reported: the client did not ask for it. */
function refuseOrReport(values: ReadonlyMap<string, unknown>, body: JsonObject, warnings: Warning[]): void {
  for (const [name, value] of values) {
    if (CARRIED.has(name) || MOOT.has(name) || value === null || value === undefined) continue;
    const asks = REFUSED.get(name);
    if (asks === undefined) {
      if (!saysNothing(name, value)) report(name, warnings);
    } else if (asks(value)) {
      if (Object.hasOwn(body, name)) throw unsupported(name);
      report(name, warnings);
    }
  }
}

function report(name: string, warnings: Warning[]): void {
  if (warnings.length < MAX_WARNINGS) warnings.push({ code: 'parameter_dropped', detail: name.slice(0, 64) });
}

/** A value that equals leaving the key out. */
function saysNothing(name: string, value: unknown): boolean {
  if (value === false || (value === 0 && name.endsWith('_penalty'))) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function isNotEmpty(value: unknown): boolean {
  return !Array.isArray(value) || value.length > 0;
}

function numberOf(values: ReadonlyMap<string, unknown>, name: string): number | null {
  const value = values.get(name) ?? null;
  if (value !== null && typeof value !== 'number') throw invalid(name, 'a number');
  return value;
}

function stringOf(values: ReadonlyMap<string, unknown>, name: string): string | null {
  const value = values.get(name) ?? null;
  if (value !== null && typeof value !== 'string') throw invalid(name, 'a string');
  return value === '' ? null : value;
}

function stopOf(value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((entry) => {
    if (typeof entry !== 'string') throw invalid('stop', 'a string or a list of strings');
    return entry;
  });
}

function invalid(param: string, wanted: string): GatewayError {
  return new GatewayError('invalid_body', `'${param}' must be ${wanted}.`, { param });
}

function unsupported(param: string): GatewayError {
  return new GatewayError('unsupported_parameter', `'${param}' cannot be carried to this model's API yet.`, {
    param,
  });
}
