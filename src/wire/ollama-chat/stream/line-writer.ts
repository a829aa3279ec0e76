import type { ChatUsage } from '../../../protocol/chat.ts';
import type { StreamEvent } from '../../../protocol/stream-event.ts';
import type { ReplyContext } from '../../codec.ts';
import { estimatedUsage } from '../../usage-estimate.ts';
import { doneReason, finalFields } from '../encode/reply-fields.ts';

/** Writes the lines of one stream, apart from their content: the same model, the time of each, and the last one. */
export class LineWriter {
  readonly #client: ReplyContext<'chat'>;
  readonly #started: number;
  #first: number | null = null;
  #head = '';
  #usage: ChatUsage | null = null;
  /** UTF-8 bytes of the reply's text and arguments. */
  #bytes = 0;

  constructor(client: ReplyContext<'chat'>) {
    this.#client = client;
    this.#started = client.startedAt ?? client.wall();
    this.#name(null);
  }

  /** The reply has begun. */
  start({ model, usage }: StreamEvent & { readonly type: 'reply-start' }): void {
    this.#usage = usage;
    this.#name(model);
  }

  /** Counts a piece of the reply, for a usage that the upstream does not report. */
  count(text: string): void {
    this.#first ??= this.#client.wall();
    this.#bytes += Buffer.byteLength(text);
  }

  /** A line with this content: keys and values of a JSON object without its braces. */
  line(content: string): string {
    return `${this.#head}${this.#now()}",${content},"done":false}\n`;
  }

  /** The last line. */
  last(content: string, { reason, usage }: StreamEvent & { readonly type: 'reply-finish' }): string {
    const ended = this.#client.wall();
    const times = { started: this.#started, first: this.#first ?? ended, ended };
    const counted = usage ?? this.#usage ?? estimatedUsage(this.#client.estimatedInputTokens, this.#bytes);
    const fields = JSON.stringify(finalFields(doneReason(reason), times, counted)).slice(1);
    return `${this.#head}${this.#now()}",${content},${fields}\n`;
  }

  #name(model: string | null): void {
    this.#head = `{"model":${JSON.stringify(model ?? this.#client.modelId)},"created_at":"`;
  }

  #now(): string {
    return new Date(this.#client.wall()).toISOString();
  }
}
