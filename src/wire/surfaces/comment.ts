/** A comment of an event stream, with its line end: the text in one line, whatever names of models it contains. */
export function commentLine(text: string): string {
  return `: ${text.replaceAll(/\p{Cc}+/gu, ' ')}\n`;
}
