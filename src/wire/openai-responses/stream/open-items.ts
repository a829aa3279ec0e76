import type { ResponsesReplyOptions } from '../../codec.ts';
import {
  callItem,
  isCustomCall,
  messageItem,
  reasoningItem,
  refusalPart,
  textPart,
  type ItemStatus,
  type MessagePart,
  type OutputItem,
} from '../encode/output-items.ts';
import { customInput } from '../custom-tool.ts';
import { eventHead, type EventWriter } from './event-writer.ts';

/** Where an item is in the output. */
export interface ItemPlace {
  readonly id: string;
  readonly index: number;
}

/** The end of an item: its last events, and the whole item. */
export interface ClosedItem {
  readonly events: string;
  readonly item: OutputItem;
}

/** An item whose content is still arriving. */
export interface OpenItem {
  /** The events that open it. */
  open(): string;
  close(status: ItemStatus): ClosedItem;
}

function added(writer: EventWriter, place: ItemPlace, item: OutputItem): string {
  return writer.write('response.output_item.added', { output_index: place.index, item });
}

function done(writer: EventWriter, place: ItemPlace, item: OutputItem): string {
  return writer.write('response.output_item.done', { output_index: place.index, item });
}

/** A message: text, a refusal, or both, each a part. */
export class OpenMessage implements OpenItem {
  readonly #writer: EventWriter;
  readonly #place: ItemPlace;
  readonly #parts: MessagePart[] = [];
  #kind: MessagePart['type'] | null = null;
  #text = '';
  /** The beginning of the next deltas of the open part, and their constant fields. */
  #head = '';
  #fields = '';

  constructor(writer: EventWriter, place: ItemPlace) {
    this.#writer = writer;
    this.#place = place;
  }

  open(): string {
    return added(this.#writer, this.#place, messageItem(this.#place.id, [], 'in_progress'));
  }

  /** Adds text of a part, a new one if the last one is of the other kind. */
  add(kind: MessagePart['type'], text: string): string {
    const opened = this.#kind === kind ? '' : this.#closePart() + this.#openPart(kind);
    this.#text += text;
    return `${opened}${this.#writer.writeWith(this.#head, `${this.#fields}${JSON.stringify(text)}}`)}`;
  }

  close(status: ItemStatus): ClosedItem {
    const events = this.#closePart();
    const item = messageItem(this.#place.id, this.#parts, status);
    return { events: events + done(this.#writer, this.#place, item), item };
  }

  #openPart(kind: MessagePart['type']): string {
    this.#kind = kind;
    this.#text = '';
    const where = this.#where();
    this.#head = eventHead(`response.${kind}.delta`);
    const logprobs = kind === 'output_text' ? { logprobs: [] } : {};
    this.#fields = `${JSON.stringify({ ...where, ...logprobs }).slice(0, -1)},"delta":`;
    return this.#writer.write('response.content_part.added', { ...where, part: partOf(kind, '') });
  }

  #closePart(): string {
    const kind = this.#kind;
    if (kind === null) return '';
    const where = this.#where();
    const part = partOf(kind, this.#text);
    const whole = kind === 'output_text' ? { text: this.#text, logprobs: [] } : { refusal: this.#text };
    this.#parts.push(part);
    this.#kind = null;
    return (
      this.#writer.write(`response.${kind}.done`, { ...where, ...whole }) +
      this.#writer.write('response.content_part.done', { ...where, part })
    );
  }

  #where(): { item_id: string; output_index: number; content_index: number } {
    return { item_id: this.#place.id, output_index: this.#place.index, content_index: this.#parts.length };
  }
}

function partOf(kind: MessagePart['type'], text: string): MessagePart {
  return kind === 'output_text' ? textPart(text) : refusalPart(text);
}

/** Reasoning, as one part of a summary. */
export class OpenReasoning implements OpenItem {
  readonly #writer: EventWriter;
  readonly #place: ItemPlace;
  readonly #options: ResponsesReplyOptions;
  readonly #where: { item_id: string; output_index: number; summary_index: number };
  #text = '';
  #signature: string | null = null;

  constructor(writer: EventWriter, place: ItemPlace, options: ResponsesReplyOptions) {
    this.#writer = writer;
    this.#place = place;
    this.#options = options;
    this.#where = { item_id: place.id, output_index: place.index, summary_index: 0 };
  }

  open(): string {
    return added(this.#writer, this.#place, this.#item());
  }

  add(text: string): string {
    const isFirst = this.#text === '';
    this.#text += text;
    const part = { type: 'summary_text', text: '' };
    return (
      (isFirst ? this.#writer.write('response.reasoning_summary_part.added', { ...this.#where, part }) : '') +
      this.#writer.write('response.reasoning_summary_text.delta', { ...this.#where, delta: text })
    );
  }

  sign(signature: string): void {
    this.#signature = signature;
  }

  close(): ClosedItem {
    const item = this.#item();
    const text = this.#text;
    const part = { type: 'summary_text', text };
    const ended =
      text === ''
        ? ''
        : this.#writer.write('response.reasoning_summary_text.done', { ...this.#where, text }) +
          this.#writer.write('response.reasoning_summary_part.done', { ...this.#where, part });
    return { events: ended + done(this.#writer, this.#place, item), item };
  }

  #item(): OutputItem {
    const part = { type: 'thinking', text: this.#text, signature: this.#signature } as const;
    return reasoningItem(this.#place.id, part, this.#options);
  }
}

/** A call. The plain text of a custom tool is read from the whole arguments, so it arrives in one piece. */
export class OpenCall implements OpenItem {
  readonly #writer: EventWriter;
  readonly #place: ItemPlace;
  readonly #options: ResponsesReplyOptions;
  readonly #call: { readonly callId: string; readonly name: string };
  readonly #isCustom: boolean;
  readonly #where: { item_id: string; output_index: number };
  #arguments = '';

  constructor(
    writer: EventWriter,
    place: ItemPlace,
    call: { readonly callId: string; readonly name: string },
    options: ResponsesReplyOptions,
  ) {
    this.#writer = writer;
    this.#place = place;
    this.#call = call;
    this.#options = options;
    this.#isCustom = isCustomCall(call.name, options);
    this.#where = { item_id: place.id, output_index: place.index };
  }

  open(): string {
    return added(this.#writer, this.#place, this.#item('in_progress'));
  }

  add(fragment: string): string {
    this.#arguments += fragment;
    return this.#isCustom ? '' : this.#delta('response.function_call_arguments.delta', fragment);
  }

  close(status: ItemStatus): ClosedItem {
    const ended = this.#isCustom ? this.#endInput() : this.#endArguments();
    const item = this.#item(status);
    return { events: ended + done(this.#writer, this.#place, item), item };
  }

  #endArguments(): string {
    // Arguments of nothing become `{}` (wire case 61).
    const missing = this.#arguments === '' ? this.add('{}') : '';
    const type = 'response.function_call_arguments.done';
    return missing + this.#writer.write(type, { ...this.#where, arguments: this.#arguments });
  }

  #endInput(): string {
    const input = customInput(this.#arguments);
    const delta = input === '' ? '' : this.#delta('response.custom_tool_call_input.delta', input);
    return delta + this.#writer.write('response.custom_tool_call_input.done', { ...this.#where, input });
  }

  #delta(type: string, delta: string): string {
    return this.#writer.write(type, { ...this.#where, delta });
  }

  #item(status: ItemStatus): OutputItem {
    return callItem(this.#place.id, { ...this.#call, arguments: this.#arguments }, status, this.#options);
  }
}
