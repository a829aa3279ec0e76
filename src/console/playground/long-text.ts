/** Lines that are shown of a long message. */
const LINES_MAX = 16;
/** Characters that are shown of it. */
const CHARACTERS_MAX = 1500;
/** A button is not worth less than this share more. */
const WORTH = 1.5;

/** The start of a message that is too long to be shown as a whole; null: it is not. Never splits a character. */
export function headOf(text: string): string | null {
  // A message of a megabyte is not split into all its lines.
  const start = text.slice(0, CHARACTERS_MAX * WORTH);
  const lines = start.split('\n', LINES_MAX * WORTH + 1);
  if (start.length === text.length && lines.length <= LINES_MAX * WORTH) return null;
  const head = lines.slice(0, LINES_MAX).join('\n').slice(0, CHARACTERS_MAX);
  return head.replace(/[\uD800-\uDBFF]$/, '').trimEnd();
}
