import { enterOrSkip, type JsonCursor } from '../json/cursor.ts';
import { invalidBody } from '../read/read-body.ts';

/** As much of a media address as is looked at, in characters. */
const ADDRESS_PREFIX_LENGTH = 16;
const WEB_ADDRESS = /^https?:/i;

/** As many signatures as are kept: the newest of a conversation tell its model. */
const MAX_SIGNATURES = 64;

/**
 * Reads facts from the bytes of a request's system prompt and messages, in the same pass that finds the body's keys, and
 * checks their media. Values of an unexpected shape count as nothing; the upstream validates them.
 */
export class AnthropicMessageScanner {
  /** UTF-8 bytes of text, thinking and text documents, unescaped, and of the input of tools as it is written. */
  textBytes = 0;
  /** Pictures, those in results of tools included. */
  images = 0;
  /** PDFs and other documents that are not plain text. */
  documents = 0;
  /** Number of messages; null when there is no array of them. */
  count: number | null = null;
  /** Signatures of thinking and data of redacted thinking, the newest last. */
  readonly signatures: string[] = [];
  /** Some signature is empty: thinking that no model signed. */
  hasUnsigned = false;

  /** Scans and passes the value of `system`, at which the cursor stands. */
  system(cursor: JsonCursor): void {
    this.#content(cursor, 'system');
  }

  /**
   * Scans and passes the value of `messages`, at which the cursor stands. Throws a `GatewayError` `invalid_body` for
   * media that may be a local file, and what the cursor throws.
   */
  messages(cursor: JsonCursor): void {
    if (!enterOrSkip(cursor, 'array')) return;
    let index = 0;
    for (; cursor.nextElement(); index += 1) {
      if (!enterOrSkip(cursor, 'object')) continue;
      while (cursor.nextKey()) {
        if (cursor.stringIs('content')) this.#content(cursor, `messages[${index}].content`);
        else cursor.skipValue();
      }
    }
    this.count = index;
  }

  #content(cursor: JsonCursor, path: string): void {
    if (cursor.passString()) {
      this.textBytes += cursor.stringBytes;
      return;
    }
    if (!enterOrSkip(cursor, 'array')) return;
    for (let index = 0; cursor.nextElement(); index += 1) this.#block(cursor, path, index);
  }

  /** Its `type` may stand behind everything else, so that each key is judged by itself. */
  #block(cursor: JsonCursor, path: string, index: number): void {
    if (!enterOrSkip(cursor, 'object')) return;
    let type = '';
    let isText = false;
    let hasSource = false;
    while (cursor.nextKey()) {
      if (cursor.stringIs('type')) type = passWord(cursor);
      else if (cursor.stringIs('text') || cursor.stringIs('thinking')) this.#text(cursor);
      else if (cursor.stringIs('signature')) this.#signature(cursor, true);
      else if (cursor.stringIs('data')) this.#signature(cursor, false);
      else if (cursor.stringIs('input')) this.#input(cursor);
      else if (cursor.stringIs('content')) this.#content(cursor, `${path}[${index}].content`);
      else if (cursor.stringIs('source')) {
        hasSource = true;
        isText = this.#source(cursor, `${path}[${index}].source`);
      } else cursor.skipValue();
    }
    if (!hasSource || isText) return;
    if (type === 'image') this.images += 1;
    else if (type === 'document') this.documents += 1;
  }

  #text(cursor: JsonCursor): void {
    if (cursor.passString()) this.textBytes += cursor.stringBytes;
    else cursor.skipValue();
  }

  #signature(cursor: JsonCursor, isThinking: boolean): void {
    if (!cursor.passString()) {
      cursor.skipValue();
      return;
    }
    const signature = cursor.string();
    if (signature === '') {
      this.hasUnsigned ||= isThinking;
      return;
    }
    if (this.signatures.length >= MAX_SIGNATURES) this.signatures.shift();
    this.signatures.push(signature);
  }

  #input(cursor: JsonCursor): void {
    cursor.peek();
    const start = cursor.position;
    cursor.skipValue();
    this.textBytes += cursor.position - start;
  }

  /** Where a picture or document comes from; true when it is plain text or blocks, which weigh as text. */
  #source(cursor: JsonCursor, path: string): boolean {
    if (!enterOrSkip(cursor, 'object')) {
      // A search result names its source in a string.
      return true;
    }
    let type = '';
    let dataBytes = 0;
    while (cursor.nextKey()) {
      if (cursor.stringIs('type')) type = passWord(cursor);
      else if (cursor.stringIs('url')) checkAddress(cursor, `${path}.url`);
      else if (cursor.stringIs('content')) this.#content(cursor, `${path}.content`);
      else if (cursor.stringIs('data') && cursor.passString()) dataBytes = cursor.stringBytes;
      else cursor.skipValue();
    }
    if (type === 'text') this.textBytes += dataBytes;
    return type === 'text' || type === 'content';
  }
}

/** Only the web is fetched from: llama-server may read local files (wire case 90, API section 1). */
function checkAddress(cursor: JsonCursor, path: string): void {
  if (!cursor.passString()) {
    cursor.skipValue();
    return;
  }
  const prefix = cursor.stringEscaped ? cursor.string() : cursor.stringPrefix(ADDRESS_PREFIX_LENGTH);
  if (WEB_ADDRESS.test(prefix)) return;
  throw invalidBody(path, `'${path}' must be an http(s) URL; files and paths are not read.`);
}

function passWord(cursor: JsonCursor): string {
  if (cursor.passString()) return cursor.string();
  cursor.skipValue();
  return '';
}
