/** Length limit of caller-supplied names in records, in characters. */
export const WORD_MAX = 200;

/**
 * Truncates a caller-supplied name for records. Copies the text, because V8 keeps the whole string alive for any slice
 * of it.
 */
export function shorten(word: string): string {
  return word.length <= WORD_MAX ? word : Buffer.from(word.slice(0, WORD_MAX)).toString();
}
