import type { JsonCursor } from '../json/cursor.ts';
import {
  checkMedia,
  isAcceptedUrl,
  MEDIA_PARTS,
  MEDIA_PREFIX_LENGTH,
  MEDIA_VALUES,
  type MediaKind,
} from './media.ts';

/** As many signatures as are kept: the newest of a conversation tell its model. */
const MAX_SIGNATURES = 64;

/**
 * Weighs the messages of a request on their bytes, in the same pass that finds the body's keys, and checks their media.
 * What has not the expected shape weighs nothing: the upstream judges it.
 */
export class MessageScan {
  /** UTF-8 bytes of message text, of signed thinking and of tool call arguments, unescaped. */
  textBytes = 0;
  images = 0;
  /** Number of messages; null when the value is no array. */
  count: number | null = null;
  /** Signatures of `thinking_blocks` and data of redacted ones, the newest last. */
  readonly signatures: string[] = [];
  readonly #cursor: JsonCursor;

  /** The cursor stands at the value of `messages`, which `run` weighs and passes. */
  constructor(cursor: JsonCursor) {
    this.#cursor = cursor;
  }

  /** Throws a `GatewayError` `invalid_body` for media that may be a local file, and what the cursor throws. */
  run(): this {
    const cursor = this.#cursor;
    if (!this.#enter('array')) return this;
    let index = 0;
    for (; cursor.nextElement(); index += 1) {
      if (!this.#enter('object')) continue;
      while (cursor.nextKey()) {
        if (cursor.stringIs('content')) this.#content(index);
        else if (cursor.stringIs('tool_calls')) this.#calls();
        else if (cursor.stringIs('function_call')) this.#arguments();
        else if (cursor.stringIs('thinking_blocks')) this.#thinking();
        else cursor.skipValue();
      }
    }
    this.count = index;
    return this;
  }

  /** Enters what comes next, or passes it where it is something else. */
  #enter(kind: 'object' | 'array'): boolean {
    if (this.#cursor.enter(kind)) return true;
    this.#cursor.skipValue();
    return false;
  }

  #addText(): void {
    if (this.#cursor.passString()) this.textBytes += this.#cursor.stringBytes;
    else this.#cursor.skipValue();
  }

  #content(messageIndex: number): void {
    const cursor = this.#cursor;
    if (cursor.passString()) {
      this.textBytes += cursor.stringBytes;
      return;
    }
    if (!this.#enter('array')) return;
    for (let index = 0; cursor.nextElement(); index += 1) {
      if (!this.#enter('object')) continue;
      while (cursor.nextKey()) {
        if (cursor.stringIs('text') || cursor.stringIs('refusal')) this.#addText();
        else this.#partKey(cursor.string(), `messages[${messageIndex}].content[${index}]`);
      }
    }
  }

  #partKey(key: string, path: string): void {
    const cursor = this.#cursor;
    const kind = MEDIA_PARTS.get(key);
    const isNull = cursor.peek() === 0x6e;
    if (kind === undefined || isNull) {
      cursor.skipValue();
      return;
    }
    if (key === 'image_url') this.images += 1;
    if (cursor.passString()) {
      this.#check(kind, `${path}.${key}`);
      return;
    }
    if (!this.#enter('object')) return;
    while (cursor.nextKey()) {
      const valueKey = cursor.string();
      const valueKind = MEDIA_VALUES.get(valueKey);
      if (valueKind === undefined || !cursor.passString()) cursor.skipValue();
      else this.#check(valueKind, `${path}.${key}.${valueKey}`);
    }
  }

  #check(kind: MediaKind, path: string): void {
    const prefix = this.#cursor.stringPrefix(MEDIA_PREFIX_LENGTH);
    if (isAcceptedUrl(prefix)) return;
    checkMedia(this.#cursor.stringEscaped ? this.#cursor.string() : prefix, kind, path);
  }

  #thinking(): void {
    const cursor = this.#cursor;
    if (!this.#enter('array')) return;
    while (cursor.nextElement()) {
      if (!this.#enter('object')) continue;
      while (cursor.nextKey()) {
        if (cursor.stringIs('thinking')) this.#addText();
        else if (cursor.stringIs('signature') || cursor.stringIs('data')) this.#signature();
        else cursor.skipValue();
      }
    }
  }

  #signature(): void {
    const cursor = this.#cursor;
    if (!cursor.passString()) {
      cursor.skipValue();
      return;
    }
    const signature = cursor.string();
    if (signature === '') return;
    if (this.signatures.length >= MAX_SIGNATURES) this.signatures.shift();
    this.signatures.push(signature);
  }

  #calls(): void {
    const cursor = this.#cursor;
    if (!this.#enter('array')) return;
    while (cursor.nextElement()) {
      if (!this.#enter('object')) continue;
      while (cursor.nextKey()) {
        if (cursor.stringIs('function') || cursor.stringIs('custom')) this.#arguments();
        else cursor.skipValue();
      }
    }
  }

  #arguments(): void {
    const cursor = this.#cursor;
    if (!this.#enter('object')) return;
    while (cursor.nextKey()) {
      if (cursor.stringIs('arguments') || cursor.stringIs('input')) this.#addText();
      else cursor.skipValue();
    }
  }
}
