/** Cuts text to `width` characters with `…` at its end. */
export function cutEnd(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 1 ? '…'.slice(0, width) : `${text.slice(0, width - 1).trimEnd()}…`;
}

/** Cuts text to `width` characters with `…` in its middle, so that provider and tag of a model id stay readable. */
export function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  if (width <= 3) return cutEnd(text, width);
  const head = Math.ceil((width - 1) / 2);
  const tail = width - 1 - head;
  return `${text.slice(0, head)}…${text.slice(text.length - tail)}`;
}
