import { isJsonObject } from '../json/value.ts';

/** A target's default as a field of this wire. */
export interface DefaultField {
  /** The name of the default, as in OpenAI's chat wire. */
  readonly given: string;
  /** The field, and the key within it; null: the field itself. */
  readonly name: string;
  readonly key: string | null;
  readonly value: unknown;
}

/** Fields with another name or place in this wire. */
const PLACES: Readonly<Record<string, readonly [name: string, key: string | null]>> = {
  max_tokens: ['max_output_tokens', null],
  max_completion_tokens: ['max_output_tokens', null],
  reasoning_effort: ['reasoning', 'effort'],
  verbosity: ['text', 'verbosity'],
  response_format: ['text', 'format'],
  user: ['safety_identifier', null],
};

/** Fields of OpenAI's chat wire and of local servers that this wire does not have. */
const ABSENT: ReadonlySet<string> = new Set([
  ...['stop', 'seed', 'frequency_penalty', 'presence_penalty', 'n', 'logit_bias', 'logprobs', 'top_k'],
  ...['min_p', 'repeat_penalty', 'num_ctx', 'keep_alive', 'prediction', 'modalities', 'audio', 'tools'],
  ...['tool_choice', 'functions', 'function_call', 'web_search_options', 'stream_options'],
]);

/** The request itself, and the form of its reply: no default may set them. */
const NO_DEFAULTS: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'input', 'instructions', 'stream', 'previous_response_id', 'conversation'],
]);

/** The target's defaults as fields of this wire, and the names of those that it does not have. */
export function defaultFields(params: Readonly<Record<string, unknown>>): {
  readonly fields: readonly DefaultField[];
  readonly dropped: readonly string[];
} {
  const fields: DefaultField[] = [];
  const dropped: string[] = [];
  for (const [given, value] of Object.entries(params)) {
    if (NO_DEFAULTS.has(given) || value === null || value === undefined) continue;
    if (ABSENT.has(given)) dropped.push(given);
    else {
      const [name, key] = PLACES[given] ?? [given, null];
      fields.push({ given, name, key, value: given === 'response_format' ? formatOf(value) : value });
    }
  }
  return { fields, dropped };
}

/** `response_format` of the chat wire in the form of `text.format`, which has no inner object. */
function formatOf(value: unknown): unknown {
  if (!isJsonObject(value) || !isJsonObject(value['json_schema'])) return value;
  return { type: 'json_schema', ...value['json_schema'] };
}
