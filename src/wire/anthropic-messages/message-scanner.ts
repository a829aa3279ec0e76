import { ToolScanner } from '../chat/tools/tool-scanner.ts';
import { enterOrSkip, type JsonCursor } from '../json/cursor.ts';
import { invalidBody } from '../fields/read-body.ts';

/** Length of the prefix of a media URL that is checked, in characters. */
const URL_PREFIX_LENGTH = 16;
const WEB_URL = /^https?:/i;

/** Maximum number of signatures that are kept: the newest ones suffice to identify the conversation's model. */
const MAX_SIGNATURES = 64;

/**
 * Collects facts from the bytes of the system prompt and messages of a request, in the same pass that finds the body's
 * keys, and checks media URLs. Values of an unexpected shape count as zero; the upstream validates them.
 */
export class AnthropicMessageScanner {
  /** UTF-8 bytes of text, thinking and text documents after unescaping, plus those of tool inputs as written. */
  textBytes = 0;
  /** Number of images, including those in tool results. */
  images = 0;
  /** Number of documents that are not plain text, such as PDFs. */
  documents = 0;
  /** Number of messages; null if there is no array of them. */
  count: number | null = null;
  /** Signatures of thinking and data of redacted thinking, newest last. */
  readonly signatures: string[] = [];
  /** Whether a thinking block has an empty signature. */
  hasUnsigned = false;
  /** Scans tools, which are not messages, and the ids of calls. */
  readonly tools = new ToolScanner();

  /** Scans the value of `system` at the cursor. */
  system(cursor: JsonCursor): void {
    this.#content(cursor, 'system');
  }

  /**
   * Scans the value of `messages` at the cursor. Throws a `GatewayError` `invalid_body` for a media URL that may name
   * a local file, and what the cursor throws.
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

  /** `type` may come after all other keys, so each key is processed without knowing it. */
  #block(cursor: JsonCursor, path: string, index: number): void {
    if (!enterOrSkip(cursor, 'object')) return;
    let type = '';
    let isText = false;
    let hasSource = false;
    while (cursor.nextKey()) {
      if (cursor.stringIs('type')) type = passStringValue(cursor);
      else if (cursor.stringIs('text') || cursor.stringIs('thinking')) this.#text(cursor);
      else if (cursor.stringIs('signature')) this.#signature(cursor, true);
      else if (cursor.stringIs('data')) this.#signature(cursor, false);
      else if (cursor.stringIs('input')) this.#input(cursor);
      else if (cursor.stringIs('id')) this.tools.callId(cursor);
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

  /** The source of an image or document; true if it is plain text or blocks, which count as text. */
  #source(cursor: JsonCursor, path: string): boolean {
    if (!enterOrSkip(cursor, 'object')) {
      // The source of a search result is a string.
      return true;
    }
    let type = '';
    let dataBytes = 0;
    while (cursor.nextKey()) {
      if (cursor.stringIs('type')) type = passStringValue(cursor);
      else if (cursor.stringIs('url')) checkUrl(cursor, `${path}.url`);
      else if (cursor.stringIs('content')) this.#content(cursor, `${path}.content`);
      else if (cursor.stringIs('data') && cursor.passString()) dataBytes = cursor.stringBytes;
      else cursor.skipValue();
    }
    if (type === 'text') this.textBytes += dataBytes;
    return type === 'text' || type === 'content';
  }
}

/** Only web URLs are allowed: llama-server may read local files (wire case 90). */
function checkUrl(cursor: JsonCursor, path: string): void {
  if (!cursor.passString()) {
    cursor.skipValue();
    return;
  }
  const prefix = cursor.stringEscaped ? cursor.string() : cursor.stringPrefix(URL_PREFIX_LENGTH);
  if (WEB_URL.test(prefix)) return;
  throw invalidBody(path, `'${path}' must be an http(s) URL; files and paths are not read.`);
}

function passStringValue(cursor: JsonCursor): string {
  if (cursor.passString()) return cursor.string();
  cursor.skipValue();
  return '';
}
