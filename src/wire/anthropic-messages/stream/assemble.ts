import type { StreamAssembler } from '../../codec.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import { callInput } from '../encode-common.ts';
import { EventNormalizer, type EventSink } from './normalize.ts';

type Fields = Record<string, unknown>;

interface Block {
  readonly fields: Fields;
  /** The pieces of a call's input. */
  input: string;
}

/** Keys of `message_delta` that are no part of the message. */
const FRAME: ReadonlySet<string> = new Set(['type', 'delta', 'usage']);

/**
 * Puts a Messages stream together into the message that a unary request would have given, unknown blocks and keys
 * included: a delta's text is added to the key of that name, anything else replaces it.
 */
export class MessagesAssembler implements StreamAssembler, EventSink {
  readonly #normalizer = new EventNormalizer();
  readonly #message: Fields = {};
  /** By their canonical index. */
  readonly #blocks: Block[] = [];
  #usage: Fields | null = null;
  #ended = false;

  get finished(): boolean {
    return this.#normalizer.finished;
  }

  get ended(): boolean {
    return this.#ended;
  }

  take(data: string): void {
    this.#normalizer.read(data, null, this);
  }

  onEvent(event: JsonObject): void {
    switch (event['type']) {
      case 'message_start': {
        const message = event['message'] as JsonObject;
        Object.assign(this.#message, message);
        this.#takeUsage(message['usage']);
        return;
      }
      case 'content_block_start':
        this.#blocks[event['index'] as number] = {
          fields: { ...(event['content_block'] as JsonObject) },
          input: '',
        };
        return;
      case 'content_block_delta':
        this.#delta(event);
        return;
      case 'message_delta':
        this.#messageDelta(event);
        return;
      case 'message_stop':
        this.#ended = true;
    }
  }

  body(): Buffer {
    const content = this.#blocks.map(({ fields, input }) =>
      input === '' ? fields : { ...fields, input: callInput(input) },
    );
    const usage = this.#usage === null ? {} : { usage: this.#usage };
    return Buffer.from(JSON.stringify({ ...this.#message, content, ...usage }));
  }

  #delta({ index, delta }: JsonObject): void {
    const block = this.#blocks[index as number];
    if (block === undefined || !isJsonObject(delta)) return;
    switch (delta['type']) {
      case 'input_json_delta':
        if (typeof delta['partial_json'] === 'string') block.input += delta['partial_json'];
        return;
      case 'citations_delta': {
        const cited = block.fields['citations'];
        block.fields['citations'] = [
          ...(Array.isArray(cited) ? (cited as unknown[]) : []),
          delta['citation'],
        ];
        return;
      }
      case 'signature_delta':
        block.fields['signature'] = delta['signature'];
        return;
      default:
        for (const [key, value] of Object.entries(delta)) if (key !== 'type') add(block.fields, key, value);
    }
  }

  #messageDelta(event: JsonObject): void {
    const { delta } = event;
    if (isJsonObject(delta)) keepKnown(this.#message, delta);
    for (const [key, value] of Object.entries(event)) if (!FRAME.has(key)) this.#message[key] = value;
    this.#takeUsage(event['usage']);
  }

  /** Reported twice, and the second time cumulatively: what is there overwrites, null does not (cases 49, 51). */
  #takeUsage(usage: unknown): void {
    if (isJsonObject(usage)) keepKnown((this.#usage ??= {}), usage);
  }
}

function keepKnown(fields: Fields, values: JsonObject): void {
  for (const [key, value] of Object.entries(values)) {
    if (value !== null || !Object.hasOwn(fields, key)) fields[key] = value;
  }
}

function add(fields: Fields, key: string, value: unknown): void {
  const before = fields[key];
  fields[key] = typeof before === 'string' && typeof value === 'string' ? before + value : value;
}
