import { hashString, ToolScanner } from '../../chat/tools/tool-scanner.ts';
import { enterOrSkip, type JsonCursor } from '../../json/cursor.ts';
import type { Oddities } from '../../exchange.ts';
import { isBlankArguments } from '../call-arguments.ts';
import { CallOrderScanner } from './odd-calls.ts';
import { OddTurnScanner } from './odd-turns.ts';
import {
  checkMedia,
  isAcceptedUrl,
  MEDIA_PARTS,
  MEDIA_PREFIX_LENGTH,
  MEDIA_VALUES,
  type MediaKind,
} from '../../fields/media.ts';
import type { ThinkingKey } from '../reasoning/reasoning-keys.ts';
import { vendorKey, type VendorKey } from '../vendor-keys.ts';

/** Number of signatures that are collected: the newest ones identify the model of a conversation. */
const MAX_SIGNATURES = 64;

/**
 * Collects facts from the bytes of a request's messages, in the pass that finds the keys of the body, and checks their
 * media. Values of an unexpected shape count as zero; the upstream validates them.
 */
export class OpenAiMessageScanner {
  /** UTF-8 bytes of message text, signed thinking and tool call arguments, unescaped. */
  textBytes = 0;
  images = 0;
  /** Number of messages; null when the value is not an array. */
  count: number | null = null;
  /** Signatures of `thinking_blocks` and data of redacted ones, newest last. */
  readonly signatures: string[] = [];
  readonly #turns = new OddTurnScanner();
  // Created on first use: small requests have neither tools nor thinking.
  #tools: ToolScanner | null = null;
  #callOrder: CallOrderScanner | null = null;
  #thinkingKeys: Set<ThinkingKey> | null = null;
  #missingReasoning: Set<ThinkingKey> | null = null;
  #vendorKeys: Set<VendorKey> | null = null;
  #unsignedCalls = false;
  #oddArguments = false;

  /** Scans tools, which are not messages, and the ids of calls. */
  get tools(): ToolScanner {
    return (this.#tools ??= new ToolScanner());
  }

  get #order(): CallOrderScanner {
    return (this.#callOrder ??= new CallOrderScanner());
  }

  /** What some servers refuse or do not read; null: nothing. */
  get oddities(): Oddities | null {
    const { billingLine, developerRole } = this.#turns;
    const order = this.#turns.order || this.#callOrder?.isOdd === true;
    const keys = this.#thinkingKeys;
    const vendorKeys = this.#vendorKeys;
    const unsignedCalls = this.#unsignedCalls;
    const oddArguments = this.#oddArguments;
    const hasKeys = keys !== null || vendorKeys !== null || unsignedCalls || oddArguments;
    const tools = this.#tools?.oddities ?? null;
    if (!order && !billingLine && !developerRole && !hasKeys) return tools;
    return {
      ...tools,
      turnOrder: order,
      billingLine,
      developerRole,
      unsignedCalls,
      oddArguments,
      ...(vendorKeys === null ? null : { vendorKeys: [...vendorKeys] }),
      ...(keys === null ? null : { thinkingKeys: [...keys] }),
      ...(this.#missingReasoning === null ? null : { missingReasoning: [...this.#missingReasoning] }),
    };
  }

  /**
   * Scans and passes the value of `messages` at the cursor. Throws a `GatewayError` `invalid_body` for media that may
   * be a local file, and whatever the cursor throws.
   */
  messages(cursor: JsonCursor): void {
    if (!enterOrSkip(cursor, 'array')) return;
    let index = 0;
    for (; cursor.nextElement(); index += 1) {
      if (!enterOrSkip(cursor, 'object')) continue;
      let hasContent = false;
      let hasOther = false;
      while (cursor.nextKey()) {
        if (cursor.stringIs('content')) this.#content(cursor, index);
        else if (cursor.stringIs('role')) this.#turns.role(cursor);
        else if (cursor.stringIs('tool_calls')) this.#calls(cursor);
        else if (cursor.stringIs('tool_call_id')) this.#resultId(cursor);
        else if (cursor.stringIs('function_call')) this.#arguments(cursor);
        else if (cursor.stringIs('thinking_blocks')) this.#thinking(cursor);
        else if (cursor.stringIs('reasoning_content'))
          hasContent = this.#plainThinking(cursor, 'reasoning_content');
        else if (cursor.stringIs('reasoning')) hasOther = this.#plainThinking(cursor, 'reasoning');
        else if (cursor.stringIs('refusal') || cursor.stringIs('audio')) this.#unread(cursor);
        else this.#otherKey(cursor);
      }
      this.#endMessage(index);
      if (hasContent || hasOther) this.#noteReasoning(hasContent, hasOther);
    }
    this.count = index;
    this.#turns.end();
    this.#callOrder?.end();
  }

  #endMessage(index: number): void {
    if (this.#turns.isResult) this.#order.endMessage(true);
    else this.#callOrder?.endMessage(false);
    this.#turns.endMessage(index);
  }

  /** Passes words of the model that are not in its content; null and empty text are none. */
  #unread(cursor: JsonCursor): void {
    const isNull = cursor.peek() === 0x6e;
    const isText = cursor.passString();
    if (!isText) cursor.skipValue();
    if (isText ? cursor.stringBytes > 0 : !isNull) this.#turns.unread();
  }

  /** Passes the value of a key with thinking; true if it is text, and not empty. */
  #plainThinking(cursor: JsonCursor, key: ThinkingKey): boolean {
    this.#noteKey(key);
    if (cursor.passString()) return cursor.stringBytes > 0;
    cursor.skipValue();
    return false;
  }

  #noteKey(key: ThinkingKey): void {
    (this.#thinkingKeys ??= new Set<ThinkingKey>()).add(key);
  }

  #noteReasoning(hasContent: boolean, hasOther: boolean): void {
    const missing = (this.#missingReasoning ??= new Set<ThinkingKey>());
    if (!hasContent) missing.add('reasoning_content');
    if (!hasOther) missing.add('reasoning');
  }

  /** Returns false if the value is no text. */
  #addText(cursor: JsonCursor): boolean {
    if (!cursor.passString()) {
      cursor.skipValue();
      return false;
    }
    this.textBytes += cursor.stringBytes;
    return true;
  }

  #content(cursor: JsonCursor, messageIndex: number): void {
    if (cursor.passString()) {
      this.textBytes += cursor.stringBytes;
      if (cursor.stringBytes > 0) this.#turns.content();
      this.#turns.text(cursor, messageIndex);
      return;
    }
    if (!enterOrSkip(cursor, 'array')) return;
    for (let index = 0; cursor.nextElement(); index += 1) {
      this.#turns.content();
      if (!enterOrSkip(cursor, 'object')) continue;
      while (cursor.nextKey()) {
        if (cursor.stringIs('text') || cursor.stringIs('refusal')) {
          if (this.#addText(cursor)) this.#turns.text(cursor, messageIndex);
        } else if (cursor.stringIs('thinking')) this.#content(cursor, messageIndex);
        else this.#partKey(cursor, cursor.string(), `messages[${messageIndex}].content[${index}]`);
      }
    }
  }

  #partKey(cursor: JsonCursor, key: string, path: string): void {
    const kind = MEDIA_PARTS.get(key);
    const isNull = cursor.peek() === 0x6e;
    if (kind === undefined || isNull) {
      cursor.skipValue();
      return;
    }
    if (key === 'image_url') this.images += 1;
    if (cursor.passString()) {
      this.#check(cursor, kind, `${path}.${key}`);
      return;
    }
    if (!enterOrSkip(cursor, 'object')) return;
    while (cursor.nextKey()) {
      const valueKey = cursor.string();
      const valueKind = MEDIA_VALUES.get(valueKey);
      if (valueKind === undefined || !cursor.passString()) cursor.skipValue();
      else this.#check(cursor, valueKind, `${path}.${key}.${valueKey}`);
    }
  }

  #check(cursor: JsonCursor, kind: MediaKind, path: string): void {
    const prefix = cursor.stringPrefix(MEDIA_PREFIX_LENGTH);
    if (isAcceptedUrl(prefix)) return;
    checkMedia(cursor.stringEscaped ? cursor.string() : prefix, kind, path);
  }

  #thinking(cursor: JsonCursor): void {
    this.#noteKey('thinking_blocks');
    if (!enterOrSkip(cursor, 'array')) return;
    while (cursor.nextElement()) {
      if (!enterOrSkip(cursor, 'object')) continue;
      while (cursor.nextKey()) {
        if (cursor.stringIs('thinking')) this.#addText(cursor);
        else if (cursor.stringIs('signature') || cursor.stringIs('data')) this.#signature(cursor);
        else cursor.skipValue();
      }
    }
  }

  #signature(cursor: JsonCursor): void {
    if (!cursor.passString()) {
      cursor.skipValue();
      return;
    }
    const signature = cursor.string();
    if (signature === '') return;
    if (this.signatures.length >= MAX_SIGNATURES) this.signatures.shift();
    this.signatures.push(signature);
  }

  #calls(cursor: JsonCursor): void {
    if (!enterOrSkip(cursor, 'array')) return;
    for (let nth = 0; cursor.nextElement(); nth += 1) {
      if (!enterOrSkip(cursor, 'object')) continue;
      this.#order.call();
      let hasState = false;
      while (cursor.nextKey()) {
        if (cursor.stringIs('function') || cursor.stringIs('custom')) this.#arguments(cursor);
        else if (cursor.stringIs('id')) this.#callId(cursor);
        else if (this.#otherKey(cursor) === 'extra_content') hasState = true;
      }
      if (nth === 0 && !hasState) this.#unsignedCalls = true;
    }
  }

  /** Passes the value of a key that is not read; returns the key if a vendor has added it, and its value is not null. */
  #otherKey(cursor: JsonCursor): VendorKey | null {
    const key = vendorKey(cursor);
    const isNull = cursor.peek() === 0x6e;
    cursor.skipValue();
    if (key === null) return null;
    (this.#vendorKeys ??= new Set<VendorKey>()).add(key);
    return isNull ? null : key;
  }

  #callId(cursor: JsonCursor): void {
    const hash = this.tools.callId(cursor);
    if (hash !== null) this.#order.callId(hash);
  }

  #resultId(cursor: JsonCursor): void {
    if (!cursor.passString()) cursor.skipValue();
    else this.#order.resultId(hashString(cursor));
  }

  #arguments(cursor: JsonCursor): void {
    if (!enterOrSkip(cursor, 'object')) return;
    while (cursor.nextKey()) {
      if (cursor.stringIs('arguments')) {
        if (!this.#addText(cursor) || isBlankArguments(cursor)) this.#oddArguments = true;
      } else if (cursor.stringIs('input')) this.#addText(cursor);
      else this.#otherKey(cursor);
    }
  }
}
