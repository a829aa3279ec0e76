/** The reason why a provider without its key is not called; `advice` says how to supply it: `set GROQ_API_KEY`. */
export function noKey(advice: string): string {
  return `no key: ${advice}`;
}
