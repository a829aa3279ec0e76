import type { ChatUsage } from '../../../protocol/chat.ts';
import type { StreamEvent } from '../../../protocol/stream-event.ts';
import type { ReplyContext, ResponsesReplyOptions, StreamEncoder } from '../../codec.ts';
import { estimatedUsage, textBytes } from '../../usage-estimate.ts';
import {
  isCustomCall,
  isShown,
  reasoningItem,
  type ItemStatus,
  type OutputItem,
} from '../encode/output-items.ts';
import { optionsOf, replyEnd, writeResponse, type ResponseHead } from '../encode/response.ts';
import { ReplyIds, type ItemKind } from '../ids.ts';
import { eventHead, EventWriter } from './event-writer.ts';
import { OpenCall, OpenMessage, OpenReasoning, type ItemPlace, type OpenItem } from './open-items.ts';

type Start = StreamEvent & { readonly type: 'reply-start' };
type Finish = StreamEvent & { readonly type: 'reply-finish' };

const CREATED = eventHead('response.created');
const IN_PROGRESS = eventHead('response.in_progress');

/**
 * Encodes a translated stream as Responses events in the vendor's order: one open item at a time, each with its events
 * from `output_item.added` to `output_item.done`, and `response.completed` or `response.incomplete` last, without which
 * clients take the stream for broken off (wire cases 181, 183).
 */
export class ResponsesStreamEncoder implements StreamEncoder {
  readonly #client: ReplyContext<'chat'>;
  readonly #options: ResponsesReplyOptions;
  readonly #writer = new EventWriter();
  readonly #output: OutputItem[] = [];
  #ids: ReplyIds;
  #head: ResponseHead;
  #open: OpenItem | null = null;
  #usage: ChatUsage | null = null;
  #outputBytes = 0;

  constructor(client: ReplyContext<'chat'>) {
    this.#client = client;
    this.#options = optionsOf(client);
    const now = client.wall();
    this.#ids = new ReplyIds(null, now);
    this.#head = this.#headOf(client.modelId, now);
  }

  write(event: StreamEvent): string {
    switch (event.type) {
      case 'reply-start':
        return this.#start(event);
      case 'text-delta':
        return this.#say('output_text', event.text);
      case 'refusal-delta':
        return this.#say('refusal', event.text);
      case 'thinking-delta':
        return this.#think(event.text);
      case 'thinking-signature':
        return this.#sign(event.signature);
      case 'redacted-thinking':
        return this.#redacted(event);
      case 'tool-call-start':
        return this.#startCall(event);
      case 'tool-call-delta':
        this.#outputBytes += textBytes(event.arguments);
        return this.#open instanceof OpenCall ? this.#open.add(event.arguments) : '';
      case 'tool-call-end':
        // Closed by what follows: only the finish tells whether it was cut off (wire case 64).
        return '';
      case 'reply-finish':
        return this.#finish(event);
    }
  }

  #start({ id, model, usage }: Start): string {
    const now = this.#client.wall();
    this.#ids = new ReplyIds(id, now);
    this.#head = this.#headOf(model ?? this.#client.modelId, now);
    this.#usage = usage;
    const response = writeResponse(this.#head, { end: null, output: [], usage: null }, null);
    const fields = JSON.stringify({ response });
    return this.#writer.writeWith(CREATED, fields) + this.#writer.writeWith(IN_PROGRESS, fields);
  }

  #headOf(model: string, now: number): ResponseHead {
    const { settings } = this.#options;
    return { id: this.#ids.response, createdAt: Math.floor(now / 1000), model, settings };
  }

  #say(kind: 'output_text' | 'refusal', text: string): string {
    this.#outputBytes += textBytes(text);
    if (this.#open instanceof OpenMessage) return this.#open.add(kind, text);
    const closed = this.#close();
    const message = new OpenMessage(this.#writer, this.#place('message'));
    return closed + this.#begin(message) + message.add(kind, text);
  }

  #think(text: string): string {
    this.#outputBytes += textBytes(text);
    if (this.#open instanceof OpenReasoning) return this.#open.add(text);
    const closed = this.#close();
    const reasoning = new OpenReasoning(this.#writer, this.#place('reasoning'), this.#options);
    return closed + this.#begin(reasoning) + reasoning.add(text);
  }

  /** The signature ends its thinking, which may have no text. */
  #sign(signature: string): string {
    if (this.#open instanceof OpenReasoning) {
      this.#open.sign(signature);
      return this.#close();
    }
    return this.#whole({ type: 'thinking', text: '', signature });
  }

  #redacted(part: StreamEvent & { readonly type: 'redacted-thinking' }): string {
    return this.#whole(part);
  }

  /** A reasoning item without text, if the client gets one. */
  #whole(part: Parameters<typeof reasoningItem>[1]): string {
    const closed = this.#close();
    if (!isShown(part, this.#options)) return closed;
    const { id, index } = this.#place('reasoning');
    const item = reasoningItem(id, part, this.#options);
    this.#output.push(item);
    const fields = { output_index: index, item };
    return (
      closed +
      this.#writer.write('response.output_item.added', fields) +
      this.#writer.write('response.output_item.done', fields)
    );
  }

  #startCall({ id: callId, name }: StreamEvent & { readonly type: 'tool-call-start' }): string {
    const closed = this.#close();
    const place = this.#place(isCustomCall(name, this.#options) ? 'custom_tool_call' : 'function_call');
    return closed + this.#begin(new OpenCall(this.#writer, place, { callId, name }, this.#options));
  }

  #finish({ reason, usage }: Finish): string {
    const end = replyEnd(reason);
    const closed = this.#close(end.status);
    const counted =
      usage ?? this.#usage ?? estimatedUsage(this.#client.estimatedInputTokens, this.#outputBytes);
    const state = { end, output: this.#output, usage: counted };
    const response = writeResponse(this.#head, state, Math.floor(this.#client.wall() / 1000));
    return closed + this.#writer.write(`response.${end.status}`, { response });
  }

  #place(kind: ItemKind): ItemPlace {
    const index = this.#output.length;
    return { id: this.#ids.item(kind, index), index };
  }

  #begin(item: OpenItem): string {
    this.#open = item;
    return item.open();
  }

  #close(status: ItemStatus = 'completed'): string {
    if (this.#open === null) return '';
    const { events, item } = this.#open.close(status);
    this.#open = null;
    this.#output.push(item);
    return events;
  }
}
