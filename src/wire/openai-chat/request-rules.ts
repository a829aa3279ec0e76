import type { OpenAiChatDialect } from './dialect.ts';

/** What a default may never set: the request itself, and how its reply is brought back. */
const NO_DEFAULTS: ReadonlySet<string> = new Set(['model', 'messages', 'stream', 'stream_options']);

/** The two names of the output limit are one parameter; where both are there the newer one wins (wire case 81). */
export const MAX_TOKENS = 'max_tokens';
export const NEWER_LIMIT = 'max_completion_tokens';

/** Does the key limit the output? */
export function isLimit(name: string): boolean {
  return name === MAX_TOKENS || name === NEWER_LIMIT;
}

/** May a target's defaults set this key to this value? */
export function isDefault(name: string, value: unknown): boolean {
  return !NO_DEFAULTS.has(name) && isGiven(value);
}

/** Neither absent nor null. */
export function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** The name under which the upstream knows a key. */
export function outgoingName(dialect: OpenAiChatDialect, name: string): string {
  const { renames } = dialect;
  return Object.hasOwn(renames, name) ? (renames[name] ?? name) : name;
}

/** Can the upstream be asked for the usage of a stream? */
export function tellsStreamUsage(dialect: OpenAiChatDialect): boolean {
  return dialect.streamUsage && !dialect.refuses.includes('stream_options');
}

/** What models refuse that take no sampling parameters (wire case 82). */
const SAMPLING: readonly string[] = [
  ...['temperature', 'top_p', 'top_k', 'presence_penalty', 'frequency_penalty'],
  ...['logprobs', 'top_logprobs', 'logit_bias'],
];

/** The upstream's names of the keys that it refuses in a request for this model. */
export function refusedNames(dialect: OpenAiChatDialect, modelId: string): readonly string[] {
  return dialect.withoutSampling?.test(modelId) === true
    ? [...dialect.refuses, ...SAMPLING]
    : dialect.refuses;
}
