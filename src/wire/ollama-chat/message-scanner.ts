import { invalidBody } from '../fields/read-body.ts';
import { enterOrSkip, type JsonCursor } from '../json/cursor.ts';

/** The first byte of `null`. */
const NULL = 0x6e;

/**
 * Collects facts from the bytes of a request's messages, in the pass that finds the keys of the body. Values of an
 * unexpected shape count as zero.
 */
export class OllamaMessageScanner {
  /** UTF-8 bytes of text and thinking after unescaping, and of the arguments of calls as written. */
  textBytes = 0;
  images = 0;
  /** Number of messages. */
  count = 0;

  /**
   * Scans the value of `messages` at the cursor; null counts as absent. Throws a `GatewayError` `invalid_body` if it is no
   * array, and what the cursor throws.
   */
  messages(cursor: JsonCursor): void {
    if (!cursor.enter('array')) {
      if (cursor.peek() !== NULL) throw invalidBody('messages', "'messages' must be an array.");
      cursor.skipValue();
      return;
    }
    for (; cursor.nextElement(); this.count += 1) {
      if (!enterOrSkip(cursor, 'object')) continue;
      while (cursor.nextKey()) {
        if (cursor.stringIs('content') || cursor.stringIs('thinking')) this.text(cursor);
        else if (cursor.stringIs('images')) this.imageList(cursor);
        else if (cursor.stringIs('tool_calls')) this.#asWritten(cursor);
        else cursor.skipValue();
      }
    }
  }

  /** Counts the text at the cursor. */
  text(cursor: JsonCursor): void {
    if (cursor.passString()) this.textBytes += cursor.stringBytes;
    else cursor.skipValue();
  }

  /** Counts the elements of the list of images at the cursor. */
  imageList(cursor: JsonCursor): void {
    if (!enterOrSkip(cursor, 'array')) return;
    for (; cursor.nextElement(); this.images += 1) cursor.skipValue();
  }

  #asWritten(cursor: JsonCursor): void {
    cursor.peek();
    const start = cursor.position;
    cursor.skipValue();
    this.textBytes += cursor.position - start;
  }
}
