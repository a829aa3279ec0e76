/** What a message of the API advises to send, or how it names a place, and what the console has for that. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/exists; change it with PATCH \S+/, 'exists already; edit it in the list, or choose another id'],
  [/exists; change it with PUT, or import it with \?overwrite=1/, 'exists already'],
  [/; GET \/v1\/models lists the names/, '; the Switchboard lists the models of each provider'],
  [
    /with POST \/api\/v1\/llm\/providers or under "providers" in user_models\.json/,
    'under Settings › Providers',
  ],
  [/; \?force=1 reverts them to their default$/, '; assign another model there, or reset them, first'],
  [/ \("force": true switches anyway\)$/, ''],
  [/; "force": true assigns it anyway$/, ''],
  [/^provider "([^"]+)" not stored: ((?:\d+ faults; first: )?)database: providers\.\1\.?/, '$2'],
  [/^((?:\d+ faults; first: )?)base_url: /, '$1Base URL: '],
  [/^((?:\d+ faults; first: )?)api_key: /, '$1API key: '],
];

/** A message of the API in the words of the console. */
export function asConsole(message: string): string {
  return WORDS.reduce((text, [call, words]) => text.replace(call, words), message);
}
