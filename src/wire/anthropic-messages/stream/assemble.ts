import type { StreamAssembler } from '../../codec.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import { callInput } from '../../chat/call-input.ts';
import { hasContent } from './guard.ts';
import { EventNormalizer, type EventSink } from './normalize.ts';

type Fields = Record<string, unknown>;

interface Block {
  readonly fields: Fields;
  /** The concatenated pieces of a call's input. */
  input: string;
}

/** Keys of `message_delta` that are not part of the message. */
const FRAME: ReadonlySet<string> = new Set(['type', 'delta', 'usage']);

/**
 * Assembles a Messages stream into the reply of a unary request, including unknown blocks and keys: strings of a delta
 * are appended to the key of the same name, other values replace it.
 */
export class MessagesAssembler implements StreamAssembler, EventSink {
  hasContent = false;
  readonly #normalizer = new EventNormalizer();
  readonly #message: Fields = {};
  /** By canonical index. */
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
        this.hasContent ||= hasContent(event['content_block']);
        this.#blocks[event['index'] as number] = {
          fields: { ...(event['content_block'] as JsonObject) },
          input: '',
        };
        return;
      case 'content_block_delta':
        this.hasContent = true;
        this.#delta(event);
        return;
      case 'message_delta':
        this.#messageDelta(event);
        this.hasContent ||= this.finished;
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
        for (const [key, value] of Object.entries(delta))
          if (key !== 'type') append(block.fields, key, value);
    }
  }

  #messageDelta(event: JsonObject): void {
    const { delta } = event;
    if (isJsonObject(delta)) assignNonNull(this.#message, delta);
    for (const [key, value] of Object.entries(event)) if (!FRAME.has(key)) this.#message[key] = value;
    this.#takeUsage(event['usage']);
  }

  /** Reported twice, cumulatively: later counts overwrite earlier ones, null does not (wire cases 49, 51). */
  #takeUsage(usage: unknown): void {
    if (isJsonObject(usage)) assignNonNull((this.#usage ??= {}), usage);
  }
}

function assignNonNull(fields: Fields, values: JsonObject): void {
  for (const [key, value] of Object.entries(values)) {
    if (value !== null || !Object.hasOwn(fields, key)) fields[key] = value;
  }
}

function append(fields: Fields, key: string, value: unknown): void {
  const before = fields[key];
  fields[key] = typeof before === 'string' && typeof value === 'string' ? before + value : value;
}
