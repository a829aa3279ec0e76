import { ToolScanner } from '../chat/tool-scanner.ts';
import { enterOrSkip, type JsonCursor } from '../json/cursor.ts';
import { checkMedia, isAcceptedUrl, MEDIA_PREFIX_LENGTH, type MediaKind } from '../openai-chat/media.ts';
import { isOwnReasoning } from './ids.ts';
import { signatureIn } from './items.ts';

/** Number of signatures that are kept: the newest ones identify the model of a conversation. */
const MAX_SIGNATURES = 64;

/** Characters of an id that are looked at. */
const ID_PREFIX_LENGTH = 8;

/** The keys of an item, or of a part of its content, that hold text. */
const TEXTS: readonly string[] = ['text', 'refusal', 'arguments', 'input'];
/** The keys that hold texts or lists of parts. */
const CONTENTS: readonly string[] = ['content', 'output', 'summary'];
/** The keys of a part that hold media. */
const MEDIA: ReadonlyMap<string, MediaKind> = new Map([
  ['image_url', 'url'],
  ['file_url', 'url'],
  ['file_data', 'data'],
]);

/**
 * Collects facts from the bytes of `input`, in the pass that finds the keys of the body, and checks its media. Values of
 * an unexpected shape count as zero.
 */
export class InputScanner {
  /** UTF-8 bytes of text, reasoning summaries and arguments, unescaped. */
  textBytes = 0;
  images = 0;
  /** Number of items; one for a string; null: neither a string nor an array. */
  count: number | null = null;
  /** What `signatureIn` finds in the reasoning items, newest last. */
  readonly signatures: string[] = [];
  /** Whether reasoning comes as plain text, without encrypted content. */
  hasPlainReasoning = false;
  /** Whether some of that was translated, so that a server of this API does not know it. */
  hasOwnReasoning = false;
  /** Scans tools, which are not in the input, and the ids of calls. */
  readonly tools = new ToolScanner();
  /** Of the current item. */
  #isReasoning = false;
  #isSigned = false;
  #isOwn = false;

  /** Scans the value of `instructions`. */
  instructions(cursor: JsonCursor): void {
    this.#text(cursor);
  }

  /**
   * Scans and passes the value of `input`. Throws a `GatewayError` `invalid_body` for media that may be a local file, and
   * whatever the cursor throws.
   */
  input(cursor: JsonCursor): void {
    if (cursor.passString()) {
      this.textBytes += cursor.stringBytes;
      this.count = cursor.stringBytes > 0 ? 1 : 0;
      return;
    }
    if (!enterOrSkip(cursor, 'array')) return;
    let index = 0;
    for (; cursor.nextElement(); index += 1) {
      const before = this.textBytes;
      this.#beginItem();
      this.#object(cursor, `input[${index}]`);
      if (!this.#isReasoning || this.#isSigned) continue;
      if (this.textBytes > before) this.hasPlainReasoning = true;
      if (this.#isOwn) this.hasOwnReasoning = true;
    }
    this.count = index;
  }

  #beginItem(): void {
    this.#isReasoning = false;
    this.#isSigned = false;
    this.#isOwn = false;
  }

  /** An item, or a part of its content: their keys do not overlap. */
  #object(cursor: JsonCursor, path: string): void {
    if (!enterOrSkip(cursor, 'object')) return;
    while (cursor.nextKey()) {
      const key = cursor.string();
      const media = MEDIA.get(key);
      if (TEXTS.includes(key)) this.#text(cursor);
      else if (CONTENTS.includes(key)) this.#content(cursor, `${path}.${key}`);
      else if (media !== undefined) this.#media(cursor, key, media, `${path}.${key}`);
      else if (key === 'encrypted_content') this.#signature(cursor);
      else if (key === 'type') this.#type(cursor);
      else if (key === 'id') this.#id(cursor);
      else cursor.skipValue();
    }
  }

  #type(cursor: JsonCursor): void {
    if (!cursor.passString()) cursor.skipValue();
    else if (cursor.stringIs('reasoning')) this.#isReasoning = true;
  }

  #id(cursor: JsonCursor): void {
    if (!cursor.passString()) cursor.skipValue();
    else if (isOwnReasoning(cursor.stringPrefix(ID_PREFIX_LENGTH))) this.#isOwn = true;
  }

  #content(cursor: JsonCursor, path: string): void {
    if (cursor.passString()) {
      this.textBytes += cursor.stringBytes;
      return;
    }
    if (!enterOrSkip(cursor, 'array')) return;
    for (let index = 0; cursor.nextElement(); index += 1) this.#object(cursor, `${path}[${index}]`);
  }

  #text(cursor: JsonCursor): void {
    if (cursor.passString()) this.textBytes += cursor.stringBytes;
    else cursor.skipValue();
  }

  #media(cursor: JsonCursor, key: string, kind: MediaKind, path: string): void {
    if (!cursor.passString()) {
      cursor.skipValue();
      return;
    }
    if (key === 'image_url') this.images += 1;
    const prefix = cursor.stringPrefix(MEDIA_PREFIX_LENGTH);
    if (!isAcceptedUrl(prefix)) checkMedia(cursor.stringEscaped ? cursor.string() : prefix, kind, path);
  }

  #signature(cursor: JsonCursor): void {
    if (!cursor.passString()) {
      cursor.skipValue();
      return;
    }
    const signature = signatureIn(cursor.string());
    if (signature === '') return;
    this.#isSigned = true;
    if (this.signatures.length >= MAX_SIGNATURES) this.signatures.shift();
    this.signatures.push(signature);
  }
}
