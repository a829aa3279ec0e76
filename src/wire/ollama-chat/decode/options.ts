import type { ChatRequest, ReasoningRequest } from '../../../protocol/chat.ts';
import { GatewayError } from '../../../protocol/errors.ts';
import { readExtras } from '../../chat/extras.ts';
import type { ScannedRequest } from '../../exchange.ts';
import { invalidField, untranslatableField } from '../../fields/field-error.ts';
import { parseExact } from '../../json/exact.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import { readEffort, readFormat } from '../../openai-chat/decode/format.ts';
import { RequestValues } from '../../openai-chat/decode/request-values.ts';
import { OLLAMA_EXTRA_NAMES } from '../extra-names.ts';

/** The parts of a neutral request that `/api/chat` and `/api/generate` have in common. */
export type CommonParts = Pick<
  ChatRequest,
  | 'format'
  | 'reasoning'
  | 'maxOutputTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'stop'
  | 'user'
  | 'serviceTier'
  | 'extras'
>;

/** Keys that both calls have; `truncate` and `shift` are about a window that only Ollama cuts silently. */
const COMMON: readonly string[] = [
  ...['model', 'stream', 'format', 'options', 'think', 'keep_alive', 'truncate', 'shift'],
  ...['logprobs', 'top_logprobs'],
];

const OPTIONS: ReadonlySet<string> = new Set([
  ...['num_predict', 'temperature', 'top_p', 'top_k', 'stop'],
  ...Object.values(OLLAMA_EXTRA_NAMES)
    .filter((name) => name.startsWith('options.'))
    .map((name) => name.slice('options.'.length)),
]);

/** Parses a body; numbers in calls keep their spelling (wire case 99). Throws a `GatewayError` `invalid_json`. */
export function parseBody({ body }: ScannedRequest): JsonObject {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (isJsonObject(parsed)) return parsed;
  } catch {
    // Large bodies were only scanned so far.
  }
  throw new GatewayError('invalid_json', 'The body is not valid JSON.');
}

/** `parseBody` with the exact numbers of one field. */
export function exactField({ body, fields }: ScannedRequest, name: string): unknown {
  const field = fields.findLast((each) => each.name === name);
  return field === undefined
    ? undefined
    : parseExact(body.toString('utf8', field.valueStart, field.valueEnd));
}

/**
 * The client's settings as values, with the target's defaults for what it left out. `own` are the further keys of the
 * call. What no other API has is reported as dropped; `logprobs` throws `unsupported_parameter`.
 */
export function requestValues(
  body: JsonObject,
  params: Readonly<Record<string, unknown>>,
  own: ReadonlySet<string>,
): RequestValues {
  const options = body['options'] ?? {};
  if (!isJsonObject(options)) throw invalidField('options', 'an object');
  const values = new RequestValues(sentValues(body, options), params);
  if (body['logprobs'] === true) throw untranslatableField('logprobs');
  if (body['truncate'] === true) values.report('truncate');
  if (body['shift'] === true) values.report('shift');
  for (const [name, value] of Object.entries(body)) {
    if (value !== null && !COMMON.includes(name) && !own.has(name)) values.report(name);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value !== null && !OPTIONS.has(name)) values.report(`options.${name}`);
  }
  return values;
}

/** Reads the common parts. Throws a `GatewayError` `invalid_body` for a value of a wrong type. */
export function readCommonParts(body: JsonObject, values: RequestValues): CommonParts {
  const number = (name: string): number | null => values.read(name, (value) => readNumber(value, name));
  const limit = number('max_tokens') ?? number('max_completion_tokens');
  return {
    format: values.read('response_format', readFormat),
    reasoning: values.read('reasoning_effort', readThink),
    maxOutputTokens: limit === null || limit < 0 ? null : limit,
    temperature: number('temperature'),
    topP: number('top_p'),
    topK: number('top_k'),
    stop: values.read('stop', readStop) ?? [],
    user: null,
    serviceTier: null,
    ...readExtras(body, OLLAMA_EXTRA_NAMES),
  };
}

/** What the client sent, by the names of the defaults. */
function sentValues(body: JsonObject, options: JsonObject): JsonObject {
  const sent: Record<string, unknown> = {};
  const take = (name: string, source: JsonObject, key: string): void => {
    if (Object.hasOwn(source, key)) sent[name] = source[key];
  };
  take('max_tokens', options, 'num_predict');
  for (const name of ['temperature', 'top_p', 'top_k', 'stop']) take(name, options, name);
  if (Object.hasOwn(sent, 'max_tokens')) sent['max_completion_tokens'] = null;
  take('reasoning_effort', body, 'think');
  if (Object.hasOwn(body, 'format')) sent['response_format'] = readOwnFormat(body['format']);
  return sent;
}

/** `json`, a JSON schema, or nothing, which older clients send as an empty text. */
function readOwnFormat(format: unknown): JsonObject | null {
  if (format === null || format === '') return null;
  if (format === 'json') return { type: 'json_object' };
  if (isJsonObject(format)) return { type: 'json_schema', json_schema: { schema: format } };
  throw invalidField('format', "'json' or a JSON schema");
}

/** `think`: whether to think, or how much; or a default effort (wire case 156). */
function readThink(value: unknown, path: string): ReasoningRequest | null {
  if (typeof value === 'boolean')
    return { effort: value ? 'medium' : 'none', budgetTokens: null, display: null };
  return value === '' ? null : readEffort(value, path);
}

function readNumber(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalidField(`options.${name === 'max_tokens' ? 'num_predict' : name}`, 'a number');
}

function readStop(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((entry) => {
    if (typeof entry !== 'string') throw invalidField('options.stop', 'a list of strings');
    return entry;
  });
}
