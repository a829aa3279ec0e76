/** The reason why a provider without its key is not called; `advice` says how to supply it: `set GROQ_API_KEY`. */
export function noKey(advice: string): string {
  return `no key: ${advice}`;
}

/** The summary of a 401 for a request without any key; it follows the provider's name. */
export const REQUIRES_KEY = 'requires an API key (401)';

/** What to do about a refused key; `cause` is the failure's summary, `keyVariable` the variable of the key. */
export function refusedKeyAdvice(name: string, keyVariable: string | null, cause: string): string {
  if (keyVariable !== null) return `check ${keyVariable}`;
  return cause === REQUIRES_KEY ? `set the "api_key" of ${name}` : `check the key of ${name}`;
}
