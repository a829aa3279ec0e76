import type { ApiError } from './api-error.ts';

/** What the console advises by code and field of an error, in place of the call that ends the gateway's message. */
const ADVICE: Readonly<Record<string, string>> = {
  'exists id': 'edit it in the list, or choose another id',
  'exists name': 'import it under another name',
};

/** How the form of a provider labels the fields of its calls. */
const LABELS: Readonly<Record<string, string>> = {
  base_url: 'Base URL',
  api_key: 'API key',
  name: 'Name',
  type: 'Type',
};

/**
 * What messages advise to send that have no code of their own: of `model_not_found` and `invalid_body`, the reasons of a
 * dry run, and one of several reasons for `in_use`.
 */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/; GET \/v1\/models lists the names/, '; the Switchboard lists the models of each provider'],
  [
    /with POST \/api\/v1\/llm\/providers or under "providers" in user_models\.json/,
    'under Settings › Providers',
  ],
  [/; \?force=1 reverts them to their default$/, '; assign another model there, or reset them, first'],
];

/** The message of an error in the words of the console, which has other ways than the calls of the API. */
export function errorText(error: ApiError): string {
  const { code, param, message } = error;
  const advice = ADVICE[`${code} ${param ?? ''}`];
  if (advice !== undefined) return `${message.split(';')[0] ?? ''}; ${advice}`;
  if (code === 'unfit_target') return throughReasons(error);
  // What changes nothing ends with the option that would, in brackets.
  if (code === 'preflight_failed') return message.replace(/ \([^()]*\)$/, '');
  return asConsole(code === 'invalid_body' ? ofField(error) : message);
}

/** A message of the API without a code, in the words of the console. */
export function asConsole(message: string): string {
  return WORDS.reduce((text, [call, words]) => text.replace(call, words), message);
}

/** Without what follows the reasons: an option of the call. */
function throughReasons({ message, detail: { reasons = [] } }: ApiError): string {
  const last = reasons.at(-1)?.reason;
  const at = last === undefined ? -1 : message.lastIndexOf(last);
  return last === undefined || at < 0 ? message : message.slice(0, at + last.length);
}

/** With the label of the field at fault, in place of its path in the configuration. */
function ofField({ message, param, detail: { faults = [] } }: ApiError): string {
  const label = LABELS[param ?? ''];
  if (param === null || label === undefined) return message;
  const [first] = faults;
  if (first !== undefined && /^providers[.[]/.test(first.path) && first.path.endsWith(`.${param}`)) {
    const many = faults.length === 1 ? '' : `${faults.length} faults; first: `;
    return `${many}${label}: ${first.message}`;
  }
  return message.startsWith(`${param}: `) ? `${label}${message.slice(param.length)}` : message;
}
