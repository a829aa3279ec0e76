/** Finds the end of a JSON object that arrives in pieces; each piece is read once. */
export class ObjectEnd {
  /** The object has ended: nothing but blanks may follow. Never for text that begins otherwise. */
  reached = false;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** Reads the next piece. */
  push(piece: string): void {
    for (let at = 0; at < piece.length && !this.reached; at += 1) this.#read(piece.charCodeAt(at));
  }

  #read(code: number): void {
    if (this.#isInString) this.#readString(code);
    else if (code === QUOTE) this.#isInString = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) this.#depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      this.#depth -= 1;
      this.reached = this.#depth === 0;
    }
  }

  #readString(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.#isInString = false;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
