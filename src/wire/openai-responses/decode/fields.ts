import { invalidField, unsupportedField, untranslatableField } from '../../fields/field-error.ts';
import type { JsonObject } from '../../json/value.ts';
import type { WarningList } from '../../warning-list.ts';

/** Fields that are read elsewhere, or that mean nothing for another upstream. */
const HANDLED: ReadonlySet<string> = new Set([
  ...['model', 'input', 'instructions', 'stream', 'tools', 'tool_choice', 'parallel_tool_calls'],
  ...['reasoning', 'text', 'max_output_tokens', 'temperature', 'top_p', 'user', 'safety_identifier'],
  ...['service_tier', 'metadata', 'prompt_cache_key', 'include', 'top_logprobs'],
  // Obfuscation of the sizes of events, and accounting of the client's.
  ...['stream_options', 'client_metadata', 'prompt_cache_retention', 'prompt_cache_options'],
]);

const STATELESS = 'Laneway stores no responses: send the whole conversation in "input".';

/** Fields that need state, or that change what a correct reply is, with the values for which they do. */
const REFUSED: ReadonlyMap<string, { readonly when: (value: unknown) => boolean; readonly hint: string }> =
  new Map([
    ['previous_response_id', { when: always, hint: STATELESS }],
    ['conversation', { when: always, hint: STATELESS }],
    [
      'prompt',
      { when: always, hint: 'Stored prompts are at OpenAI only: send their text in "instructions".' },
    ],
    ['background', { when: isTrue, hint: 'Laneway stores no responses: stream them, or wait for them.' }],
    [
      'context_management',
      { when: isFilled, hint: 'Laneway does not compact conversations: shorten "input" in the client.' },
    ],
    ['top_logprobs', { when: (value) => value !== 0, hint: '' }],
  ]);

/** Fields whose usual values mean the same as leaving them out. */
const NEUTRAL: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['store', false],
  ['background', false],
  ['truncation', 'disabled'],
]);

/** Names in the warnings of one request. */
const MAX_NAMES = 16;

/**
 * Refuses fields that need a stored conversation (wire case 192), and reports those that no other wire has. Throws a
 * `GatewayError` `unsupported_parameter` that names the field.
 */
export function checkFields(body: JsonObject, warnings: WarningList): void {
  let reported = 0;
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined) continue;
    const refused = REFUSED.get(name);
    if (refused?.when(value) === true) throw refusal(name, refused.hint);
    if (refused !== undefined || HANDLED.has(name) || NEUTRAL.get(name) === value) continue;
    reported += 1;
    if (reported <= MAX_NAMES) warnings.dropped(name.slice(0, 64));
  }
  checkInclude(body);
}

function refusal(name: string, hint: string): Error {
  if (hint === '') return untranslatableField(name);
  return unsupportedField(name, `'${name}' is not supported. ${hint}`);
}

/** What else may be included belongs to tools that only OpenAI runs. */
function checkInclude({ include }: JsonObject): void {
  if (include === null || include === undefined) return;
  if (!Array.isArray(include)) throw invalidField('include', 'an array of strings');
  const index = include.indexOf('message.output_text.logprobs');
  if (index >= 0) throw untranslatableField(`include[${index}]`);
}

function always(): boolean {
  return true;
}

function isTrue(value: unknown): boolean {
  return value === true;
}

function isFilled(value: unknown): boolean {
  return !Array.isArray(value) || value.length > 0;
}
