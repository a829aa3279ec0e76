import type { StreamAssembler } from '../../codec.ts';
import { saysError } from '../../error-body.ts';
import { WireFault } from '../../exchange.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import type { SseFields } from '../../framing/sse.ts';
import { errorFault } from '../../stream-fault.ts';
import { callInput } from '../encode-common.ts';
import { parseEvent } from './event-json.ts';

type Fields = Record<string, unknown>;

interface Block {
  readonly fields: Fields;
  /** The pieces of a call's input; null until one came. */
  input: string | null;
}

/** Keys of `message_delta` that are no part of the message. */
const FRAME: ReadonlySet<string> = new Set(['type', 'delta', 'usage']);

/**
 * Puts a Messages stream together into the message that a unary request would have given, blocks and keys that are not
 * known included: a delta's text is added to the key of that name, anything else replaces it.
 */
export class MessagesAssembler implements StreamAssembler {
  #message: Fields | null = null;
  readonly #blocks: Block[] = [];
  /** By the stream's index: the block that was started last under it. */
  readonly #byIndex = new Map<unknown, Block>();
  #usage: Fields | null = null;
  #stopped = false;

  get whole(): boolean {
    return this.#stopped;
  }

  take(fields: SseFields): void {
    if (fields.data === null) return;
    if (fields.event === 'error') throw errorFault(Buffer.from(fields.data));
    const event = parseEvent(fields.data);
    if (saysError(event)) throw errorFault(Buffer.from(fields.data));
    switch (event['type']) {
      case 'message_start':
        this.#start(event['message']);
        return;
      case 'content_block_start':
        this.#blockStart(event);
        return;
      case 'content_block_delta':
        this.#delta(event);
        return;
      case 'message_delta':
        this.#messageDelta(event);
        return;
      case 'message_stop':
        if (!this.#hasEnded()) throw new WireFault('cut', 'the stream stopped without a stop reason');
        this.#stopped = true;
    }
  }

  body(): Buffer {
    if (this.#message === null || !this.#hasEnded()) {
      throw new WireFault('cut', 'the stream ended without a stop reason');
    }
    const content = this.#blocks.map(({ fields, input }) =>
      input === null || input === '' ? fields : { ...fields, input: callInput(input) },
    );
    const usage = this.#usage === null ? {} : { usage: this.#usage };
    return Buffer.from(JSON.stringify({ ...this.#message, content, ...usage }));
  }

  #hasEnded(): boolean {
    return filledString(this.#message?.['stop_reason']) !== null;
  }

  /** A second start of the same message is ignored, one of another means two streams in one (wire case 114). */
  #start(message: unknown): void {
    if (!isJsonObject(message)) throw new WireFault('malformed', 'message_start holds no message');
    if (this.#message === null) {
      this.#message = { ...message };
      this.#takeUsage(message['usage']);
    } else if (message['id'] !== this.#message['id']) {
      throw new WireFault('malformed', 'a second message began inside the stream');
    }
  }

  #blockStart(event: JsonObject): void {
    this.#begun();
    const start = event['content_block'];
    if (!isJsonObject(start)) throw new WireFault('malformed', 'content_block_start holds no block');
    const block: Block = { fields: { ...start }, input: null };
    this.#blocks.push(block);
    this.#byIndex.set(event['index'], block);
  }

  #delta({ index, delta }: JsonObject): void {
    const block = this.#byIndex.get(index);
    if (block === undefined || !isJsonObject(delta)) return;
    const { type } = delta;
    if (type === 'input_json_delta') {
      const piece = delta['partial_json'];
      if (typeof piece === 'string') block.input = (block.input ?? '') + piece;
    } else if (type === 'citations_delta') {
      const cited = block.fields['citations'];
      const before: readonly unknown[] = Array.isArray(cited) ? cited : [];
      block.fields['citations'] = [...before, delta['citation']];
    } else {
      for (const [key, value] of Object.entries(delta)) if (key !== 'type') add(block.fields, key, value);
    }
  }

  #messageDelta(event: JsonObject): void {
    const message = this.#begun();
    const { delta } = event;
    if (isJsonObject(delta)) {
      for (const [key, value] of Object.entries(delta)) {
        if (value !== null || !Object.hasOwn(message, key)) message[key] = value;
      }
    }
    for (const [key, value] of Object.entries(event)) if (!FRAME.has(key)) message[key] = value;
    this.#takeUsage(event['usage']);
  }

  /** Told twice, and the second time cumulatively: what is there overwrites, null does not (cases 49, 51). */
  #takeUsage(usage: unknown): void {
    if (!isJsonObject(usage)) return;
    this.#usage ??= {};
    for (const [key, value] of Object.entries(usage)) {
      if (value !== null || !Object.hasOwn(this.#usage, key)) this.#usage[key] = value;
    }
  }

  #begun(): Fields {
    if (this.#message === null) throw new WireFault('malformed', 'the stream has no message_start');
    return this.#message;
  }
}

function add(fields: Fields, key: string, value: unknown): void {
  const before = fields[key];
  fields[key] = typeof before === 'string' && typeof value === 'string' ? before + value : value;
}
