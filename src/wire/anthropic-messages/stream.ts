import type { StreamEvent } from '../../protocol/stream-event.ts';
import { WireFault } from '../exchange.ts';
import type { StreamDecoder } from '../hub.ts';
import { filledString, isJsonObject, type JsonObject } from '../json-value.ts';
import type { SseFields } from '../sse.ts';
import { errorFault } from '../stream-fault.ts';
import { finishReason, refusalWords } from './stop-reason.ts';
import { MessagesUsage } from './usage.ts';

const NOTHING: readonly StreamEvent[] = [];

/** Reads a Messages stream (wire-formats 3.3). Types of events, blocks and deltas that are not known are skipped. */
export class MessagesStreamDecoder implements StreamDecoder {
  readonly #usage = new MessagesUsage();
  #started = false;
  #id: string | null = null;
  #stopReason: string | null = null;
  #refusal: string | null = null;

  read(fields: SseFields): readonly StreamEvent[] {
    if (fields.data === null) return NOTHING;
    if (fields.event === 'error') throw errorFault(Buffer.from(fields.data));
    const event = parse(fields.data);
    switch (event['type']) {
      case 'message_start':
        return this.#start(event['message']);
      case 'content_block_start':
        return this.#blockStart(event['content_block']);
      case 'content_block_delta':
        return this.#delta(event['delta']);
      case 'message_delta':
        return this.#messageDelta(event);
      case 'message_stop':
        return this.#stop();
      case 'error':
        throw errorFault(Buffer.from(fields.data));
      default:
        return NOTHING;
    }
  }

  /** Without `message_stop` a stream that has told its stop reason is whole all the same (DESIGN section 8). */
  end(): readonly StreamEvent[] {
    return this.#stopReason === null ? NOTHING : this.#finish(this.#stopReason);
  }

  /** A second start of the same message is ignored, one of another means two streams in one (wire case 114). */
  #start(message: unknown): readonly StreamEvent[] {
    if (!isJsonObject(message)) throw new WireFault('malformed', 'message_start holds no message');
    const id = filledString(message['id']);
    if (this.#started) {
      if (id === this.#id) return NOTHING;
      throw new WireFault('malformed', 'a second message began inside the stream');
    }
    this.#started = true;
    this.#id = id;
    this.#usage.read(message['usage']);
    return [{ type: 'reply-start', id, model: filledString(message['model']) }];
  }

  #blockStart(block: unknown): readonly StreamEvent[] {
    if (!isJsonObject(block)) return NOTHING;
    if (block['type'] === 'text') return this.#text('text-delta', block['text']);
    return block['type'] === 'thinking' ? this.#text('reasoning-delta', block['thinking']) : NOTHING;
  }

  #delta(delta: unknown): readonly StreamEvent[] {
    if (!isJsonObject(delta)) return NOTHING;
    if (delta['type'] === 'text_delta') return this.#text('text-delta', delta['text']);
    return delta['type'] === 'thinking_delta' ? this.#text('reasoning-delta', delta['thinking']) : NOTHING;
  }

  #text(type: 'text-delta' | 'reasoning-delta', value: unknown): readonly StreamEvent[] {
    const text = filledString(value);
    if (text === null) return NOTHING;
    this.#requireStart();
    return [{ type, text }];
  }

  #messageDelta(event: JsonObject): readonly StreamEvent[] {
    this.#usage.read(event['usage']);
    const { delta } = event;
    if (!isJsonObject(delta)) return NOTHING;
    this.#stopReason = filledString(delta['stop_reason']) ?? this.#stopReason;
    if (this.#stopReason === 'refusal') this.#refusal = refusalWords(delta) ?? this.#refusal;
    return NOTHING;
  }

  #stop(): readonly StreamEvent[] {
    if (this.#stopReason === null) throw new WireFault('cut', 'the stream stopped without a stop reason');
    return this.#finish(this.#stopReason);
  }

  #finish(stopReason: string): readonly StreamEvent[] {
    this.#requireStart();
    const finish: StreamEvent = {
      type: 'reply-finish',
      reason: finishReason(stopReason),
      usage: this.#usage.total,
    };
    return this.#refusal === null ? [finish] : [{ type: 'refusal-delta', text: this.#refusal }, finish];
  }

  #requireStart(): void {
    if (!this.#started) throw new WireFault('malformed', 'the stream has no message_start');
  }
}

function parse(data: string): JsonObject {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    throw new WireFault('malformed', 'an event of the stream is not JSON');
  }
  if (!isJsonObject(event)) throw new WireFault('malformed', 'an event of the stream is not a JSON object');
  return event;
}
