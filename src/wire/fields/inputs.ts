import type { JsonCursor } from '../json/cursor.ts';
import { estimateTokens, invalidBody } from './read-body.ts';

const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;

/**
 * Scans a field that contains texts or token ids, one input or a list of them (`input` of embeddings, `prompt` of
 * completions), and counts inputs and tokens without building values.
 */
export class InputScanner {
  /** Number of inputs. */
  count = 0;
  /** Tokens of all inputs: estimated for texts, exact for token ids. */
  tokens = 0;
  /** Tokens of the longest input. */
  longest = 0;
  readonly #name: string;

  /** `name`: the field's name for error messages. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Scans the value at the cursor. Throws a `GatewayError` `invalid_body` for a value of another shape. */
  read(cursor: JsonCursor): void {
    if (cursor.passString()) this.#text(cursor);
    else if (cursor.enter('array')) this.#list(cursor);
    else throw this.#wrongShape();
  }

  #list(cursor: JsonCursor): void {
    let ids = 0;
    while (cursor.nextElement()) {
      const byte = cursor.peek();
      if (byte === QUOTE && cursor.passString()) this.#text(cursor);
      else if (byte === OPEN_ARRAY && cursor.enter('array')) this.#add(this.#ids(cursor));
      else ids += this.#id(cursor);
    }
    if (ids === 0) return;
    if (this.count > 0) throw this.#wrongShape();
    this.#add(ids);
  }

  #ids(cursor: JsonCursor): number {
    let ids = 0;
    while (cursor.nextElement()) ids += this.#id(cursor);
    return ids;
  }

  /** Consumes one token id, which must consist of digits only, and returns 1. */
  #id(cursor: JsonCursor): number {
    if (!isDigit(cursor.peek())) throw this.#wrongShape();
    const start = cursor.position;
    cursor.skipValue();
    for (let offset = start; offset < cursor.position; offset += 1) {
      if (!isDigit(cursor.bytes[offset])) throw this.#wrongShape();
    }
    return 1;
  }

  #text(cursor: JsonCursor): void {
    this.#add(estimateTokens(cursor.stringBytes, 0));
  }

  #add(tokens: number): void {
    this.count += 1;
    this.tokens += tokens;
    this.longest = Math.max(this.longest, tokens);
  }

  #wrongShape(): Error {
    const shapes = 'a string, a list of strings, a list of token ids, or a list of such lists';
    return invalidBody(this.#name, `'${this.#name}' must be ${shapes}.`);
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
