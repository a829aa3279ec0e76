import type { StreamEvent } from '../../../protocol/stream-event.ts';
import type { StreamDecoder } from '../../codec.ts';
import { parseExact } from '../../json/exact.ts';
import { WireFault } from '../../exchange.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import type { SseFields } from '../../framing/sse.ts';
import { errorFault } from '../../stream-fault.ts';
import { callOf, inputText } from '../decode-reply.ts';
import { finishReason, refusalWords } from '../finish-reason.ts';
import { MessagesUsage } from '../usage.ts';

const NOTHING: readonly StreamEvent[] = [];

/** The block that is being told; `other` covers text, which needs no end, and what is skipped. */
type OpenBlock =
  | { readonly kind: 'tool'; readonly index: unknown; input: string; filled: boolean }
  | { readonly kind: 'thinking'; signature: string | null }
  | { readonly kind: 'other' };

/**
 * Reads a Messages stream (wire-formats 3.3). Types of events, blocks and deltas that are not known are skipped (wire
 * case 120). Throws a `WireFault`: `error_event` with the upstream's words, `malformed`, `cut`.
 */
export class MessagesStreamDecoder implements StreamDecoder {
  readonly #usage = new MessagesUsage();
  #started = false;
  #id: string | null = null;
  #open: OpenBlock = { kind: 'other' };
  #calls = 0;
  #stopReason: string | null = null;
  #stopSequence: string | null = null;
  #refusal: string | null = null;

  read(fields: SseFields): readonly StreamEvent[] {
    if (fields.data === null) return NOTHING;
    if (fields.event === 'error') throw errorFault(Buffer.from(fields.data));
    const event = parse(fields.data);
    switch (event['type']) {
      case 'message_start':
        return this.#start(event['message']);
      case 'content_block_start':
        return [...this.#close(), ...this.#blockStart(event['content_block'], event['index'])];
      case 'content_block_delta':
        return isJsonObject(event['delta']) ? this.#delta(event['delta'], event['index']) : NOTHING;
      case 'content_block_stop':
        return this.#close();
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
    return [{ type: 'reply-start', id, model: filledString(message['model']), usage: this.#usage.total }];
  }

  #blockStart(block: unknown, index: unknown): readonly StreamEvent[] {
    if (!isJsonObject(block)) return NOTHING;
    switch (block['type']) {
      case 'text':
        return this.#text('text-delta', block['text']);
      case 'thinking':
        this.#open = { kind: 'thinking', signature: filledString(block['signature']) };
        return this.#text('thinking-delta', block['thinking']);
      case 'redacted_thinking': {
        const data = filledString(block['data']);
        this.#requireStart();
        return data === null ? NOTHING : [{ type: 'redacted-thinking', data }];
      }
      case 'tool_use': {
        this.#requireStart();
        const call = callOf(block, this.#id, this.#calls);
        this.#calls += 1;
        // Some servers tell the whole input here already and send no fragments.
        this.#open = { kind: 'tool', index, input: inputText(block['input']), filled: false };
        return [{ type: 'tool-call-start', ...call }];
      }
      default:
        return NOTHING;
    }
  }

  #delta(delta: JsonObject, index: unknown): readonly StreamEvent[] {
    switch (delta['type']) {
      case 'text_delta':
        return this.#text('text-delta', delta['text']);
      case 'thinking_delta':
        return this.#text('thinking-delta', delta['thinking']);
      case 'signature_delta':
        if (this.#open.kind === 'thinking') {
          this.#open.signature = filledString(delta['signature']) ?? this.#open.signature;
        }
        return NOTHING;
      case 'input_json_delta':
        return this.#arguments(filledString(delta['partial_json']), index);
      default:
        return NOTHING;
    }
  }

  /** An empty fragment is legal and common as the first one; those of skipped blocks go with their block. */
  #arguments(fragment: string | null, index: unknown): readonly StreamEvent[] {
    const open = this.#open;
    if (open.kind !== 'tool' || fragment === null) return NOTHING;
    if (open.index !== index) throw new WireFault('malformed', 'the arguments of two tool calls are mixed');
    open.filled = true;
    return [{ type: 'tool-call-delta', arguments: fragment }];
  }

  #text(type: 'text-delta' | 'thinking-delta', value: unknown): readonly StreamEvent[] {
    const text = filledString(value);
    if (text === null) return NOTHING;
    this.#requireStart();
    return [{ type, text }];
  }

  /** Ends the open block. A call that got no fragment has an empty object for arguments (wire case 61). */
  #close(): readonly StreamEvent[] {
    const open = this.#open;
    this.#open = { kind: 'other' };
    if (open.kind === 'thinking') {
      return open.signature === null ? NOTHING : [{ type: 'thinking-signature', signature: open.signature }];
    }
    if (open.kind === 'other') return NOTHING;
    const end: StreamEvent = { type: 'tool-call-end' };
    return open.filled ? [end] : [{ type: 'tool-call-delta', arguments: open.input }, end];
  }

  #messageDelta(event: JsonObject): readonly StreamEvent[] {
    this.#usage.read(event['usage']);
    const { delta } = event;
    if (!isJsonObject(delta)) return NOTHING;
    this.#stopReason = filledString(delta['stop_reason']) ?? this.#stopReason;
    this.#stopSequence = filledString(delta['stop_sequence']) ?? this.#stopSequence;
    if (this.#stopReason === 'refusal') this.#refusal = refusalWords(delta) ?? this.#refusal;
    return NOTHING;
  }

  #stop(): readonly StreamEvent[] {
    if (this.#stopReason === null) throw new WireFault('cut', 'the stream stopped without a stop reason');
    return this.#finish(this.#stopReason);
  }

  #finish(stopReason: string): readonly StreamEvent[] {
    this.#requireStart();
    const events: StreamEvent[] = [...this.#close()];
    if (this.#refusal !== null) events.push({ type: 'refusal-delta', text: this.#refusal });
    events.push({
      type: 'reply-finish',
      reason: finishReason(stopReason, this.#calls > 0),
      stopSequence: this.#stopSequence,
      usage: this.#usage.total,
    });
    return events;
  }

  #requireStart(): void {
    if (!this.#started) throw new WireFault('malformed', 'the stream has no message_start');
  }
}

function parse(data: string): JsonObject {
  let event: unknown;
  try {
    // Exact only where a call's input may stand in it whole.
    event = data.includes('"tool_use"') ? parseExact(data) : JSON.parse(data);
  } catch {
    throw new WireFault('malformed', 'an event of the stream is not JSON');
  }
  if (!isJsonObject(event)) throw new WireFault('malformed', 'an event of the stream is not a JSON object');
  return event;
}
