/** The most of a caller's word that is kept, in characters. */
export const WORD_MAX = 200;

/**
 * A caller's word for the record, cut where it is too long. The cut text holds nothing of the long one: V8 keeps the
 * whole of a string alive for any slice of it.
 */
export function shorten(word: string): string {
  return word.length <= WORD_MAX ? word : Buffer.from(word.slice(0, WORD_MAX)).toString();
}
