import type { OpenAiChatDialect } from './dialect.ts';

/** Keys without defaults: the request itself, and the form of its reply. */
const NO_DEFAULTS: ReadonlySet<string> = new Set(['model', 'messages', 'stream', 'stream_options']);

/** The two names of the output limit are one parameter; if both are sent, the newer one wins (wire case 81). */
export const MAX_TOKENS = 'max_tokens';
export const MAX_COMPLETION_TOKENS = 'max_completion_tokens';

/** Is this key an output limit? */
export function isLimit(name: string): boolean {
  return name === MAX_TOKENS || name === MAX_COMPLETION_TOKENS;
}

/** Can a target's defaults set this key to this value? */
export function isAllowedDefault(name: string, value: unknown): boolean {
  return !NO_DEFAULTS.has(name) && isGiven(value);
}

/** Neither absent nor null. */
export function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** The upstream's name for a key; its own name where the target has refused the other one (`withheld`). */
export function outgoingName(
  { renames }: OpenAiChatDialect,
  name: string,
  withheld: readonly string[] = [],
): string {
  const renamed = Object.hasOwn(renames, name) ? (renames[name] ?? name) : name;
  return withheld.includes(renamed) ? name : renamed;
}

/** Can the upstream report the usage of a stream on request? */
export function supportsStreamUsage(dialect: OpenAiChatDialect): boolean {
  return dialect.streamUsage && !dialect.refuses.includes('stream_options');
}

/** Keys that models without sampling parameters refuse (wire case 82). */
const SAMPLING: readonly string[] = [
  ...['temperature', 'top_p', 'top_k', 'presence_penalty', 'frequency_penalty'],
  ...['logprobs', 'top_logprobs', 'logit_bias'],
];

/** The keys that the upstream refuses for this model, under its names. */
export function refusedNames(dialect: OpenAiChatDialect, modelId: string): readonly string[] {
  const { refuses, withoutSampling, withoutStop } = dialect;
  const names = withoutSampling?.test(modelId) === true ? [...refuses, ...SAMPLING] : refuses;
  return withoutStop?.test(modelId) === true ? [...names, 'stop'] : names;
}
