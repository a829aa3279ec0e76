/** A block is closed at the first line break after this many characters. */
const BLOCK_MIN = 4_000;
/** A text without line breaks is split here. */
const BLOCK_MAX = 64_000;

/**
 * A text that grows, in blocks of whole lines: only the last block changes, so that a browser lays out a few thousand
 * characters for each update instead of all of a long reply. A block that is followed by another ends with its line
 * break, which elements with `white-space: pre-wrap` show as no further line.
 */
export class TextBlocks {
  /** All of it. */
  text = '';
  readonly #closed: string[] = [];
  #open = '';

  /** Appends. */
  push(piece: string): void {
    this.text += piece;
    this.#open += piece;
  }

  /** The blocks so far. */
  snapshot(): readonly string[] {
    for (let end = endOfBlock(this.#open); end !== null; end = endOfBlock(this.#open)) {
      this.#closed.push(this.#open.slice(0, end));
      this.#open = this.#open.slice(end);
    }
    return this.#open === '' ? [...this.#closed] : [...this.#closed, this.#open];
  }
}

/** Where the first block of a text ends; null: it is not long enough to be split. */
function endOfBlock(text: string): number | null {
  if (text.length <= BLOCK_MIN) return null;
  const lineBreak = text.indexOf('\n', BLOCK_MIN);
  if (lineBreak >= 0 && lineBreak < BLOCK_MAX) return lineBreak + 1;
  if (text.length <= BLOCK_MAX) return null;
  // Both halves of a character stay together.
  const isPair = (text.codePointAt(BLOCK_MAX - 1) ?? 0) > 0xffff;
  return isPair ? BLOCK_MAX - 1 : BLOCK_MAX;
}
