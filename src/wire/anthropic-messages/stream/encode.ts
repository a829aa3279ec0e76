import type { StreamEvent } from '../../../protocol/stream-event.ts';
import type { ReplyContext, StreamEncoder } from '../../codec.ts';
import type { JsonObject } from '../../json/value.ts';
import {
  callId,
  messageId,
  stopDetails,
  stopReason,
  writeDeltaUsage,
  writeUsage,
} from '../encode/reply-fields.ts';

type Block = 'text' | 'thinking' | 'tool_use';
type Finish = StreamEvent & { readonly type: 'reply-finish' };

/**
 * Encodes a translated stream as Messages events: one open block at a time, indexes 0, 1, 2, …, each block closed once
 * before the next one begins (wire cases 128, 129), and nothing after `message_stop` (131).
 */
export class MessagesStreamEncoder implements StreamEncoder {
  readonly #client: ReplyContext<'chat'>;
  #open: Block | null = null;
  /** The index of the open block, else of the next one. */
  #index = 0;
  /** A piece of the open call's input has been written. */
  #hasInput = false;
  #refusal: string | null = null;
  #outputBytes = 0;

  constructor(client: ReplyContext<'chat'>) {
    this.#client = client;
  }

  write(event: StreamEvent): string {
    switch (event.type) {
      case 'reply-start':
        return this.#start(event);
      case 'text-delta':
        this.#count(event.text);
        return this.#enter('text') + this.#delta('text_delta', 'text', event.text);
      case 'thinking-delta':
        this.#count(event.text);
        return this.#enter('thinking') + this.#delta('thinking_delta', 'thinking', event.text);
      case 'thinking-signature':
        return (
          this.#enter('thinking') +
          this.#delta('signature_delta', 'signature', event.signature) +
          this.#close()
        );
      case 'redacted-thinking':
        return this.#close() + this.#begin({ type: 'redacted_thinking', data: event.data }) + this.#end();
      case 'tool-call-start':
        return this.#startCall(event.id, event.name);
      case 'tool-call-delta':
        return this.#input(event.arguments);
      case 'tool-call-end':
        return this.#endCall();
      case 'refusal-delta':
        this.#refusal = (this.#refusal ?? '') + event.text;
        return '';
      case 'reply-finish':
        return this.#finish(event);
    }
  }

  /** Prompt tokens are never reported as 0; `message_delta` corrects an estimate (wire case 48). */
  #start({ id, model, usage }: StreamEvent & { readonly type: 'reply-start' }): string {
    const message = {
      id: messageId(id, this.#client),
      type: 'message',
      role: 'assistant',
      model: model ?? this.#client.modelId,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      container: null,
      diagnostics: null,
      usage: writeUsage(usage, this.#client, 0),
    };
    return sse('message_start', { type: 'message_start', message });
  }

  #startCall(id: string, name: string): string {
    const closed = this.#close();
    this.#open = 'tool_use';
    this.#hasInput = false;
    return closed + this.#begin({ type: 'tool_use', id: callId(id), name, input: {} });
  }

  #input(json: string): string {
    if (this.#open !== 'tool_use') return '';
    this.#hasInput = true;
    this.#count(json);
    return this.#delta('input_json_delta', 'partial_json', json);
  }

  /** The input of a call without arguments is an empty object (wire case 61). */
  #endCall(): string {
    if (this.#open !== 'tool_use') return '';
    return (this.#hasInput ? '' : this.#input('{}')) + this.#close();
  }

  #finish({ reason: finish, stopSequence, usage }: Finish): string {
    // A call that was cut off by the token limit is closed unchanged (wire case 64).
    const closed = this.#close();
    const reason = stopReason(finish, stopSequence, this.#refusal);
    const delta = {
      stop_reason: reason,
      stop_sequence: reason === 'stop_sequence' ? stopSequence : null,
      stop_details: stopDetails(reason, this.#refusal),
      container: null,
    };
    const counted = writeDeltaUsage(usage, this.#client, this.#outputBytes);
    const last = sse('message_delta', { type: 'message_delta', delta, usage: counted });
    return `${closed}${last}event: message_stop\ndata: {"type":"message_stop"}\n\n`;
  }

  /** Opens a block of this type unless one is open. */
  #enter(block: 'text' | 'thinking'): string {
    if (this.#open === block) return '';
    const closed = this.#close();
    this.#open = block;
    return (
      closed +
      this.#begin(
        block === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' },
      )
    );
  }

  #begin(block: JsonObject): string {
    return sse('content_block_start', {
      type: 'content_block_start',
      index: this.#index,
      content_block: block,
    });
  }

  #close(): string {
    if (this.#open === null) return '';
    this.#open = null;
    return this.#end();
  }

  #end(): string {
    const index = this.#index;
    this.#index += 1;
    return `event: content_block_stop\ndata: {"type":"content_block_stop","index":${index}}\n\n`;
  }

  #delta(type: string, key: string, value: string): string {
    const head = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index}`;
    return `${head},"delta":{"type":"${type}","${key}":${JSON.stringify(value)}}}\n\n`;
  }

  #count(text: string): void {
    this.#outputBytes += Buffer.byteLength(text);
  }
}

function sse(name: string, data: JsonObject): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
