import type { StreamEvent } from '../../protocol/stream-event.ts';
import type { StreamEncoder } from '../hub.ts';
import { writeUsage } from './usage.ts';

/** Writes a translated stream as OpenAI chunks, in the order that OpenAI itself keeps (wire-formats 2.3). */
export class OpenAiStreamEncoder implements StreamEncoder {
  readonly #newId: (upstreamId: string | null) => string;
  readonly #created: number;
  readonly #includeUsage: boolean;
  #id = '';
  #model = '';
  #beforeDelta = '';
  #afterDelta = '';

  /**
   * `newId` makes the reply's id, one for all chunks (wire case 28); `created` is in seconds since 1970;
   * `includeUsage` when the client asked for the usage chunk.
   */
  constructor(newId: (upstreamId: string | null) => string, created: number, includeUsage: boolean) {
    this.#newId = newId;
    this.#created = created;
    this.#includeUsage = includeUsage;
  }

  write(event: StreamEvent): string {
    switch (event.type) {
      case 'reply-start':
        this.#start(event.id, event.model);
        return this.#delta('{"role":"assistant","content":"","refusal":null}');
      case 'text-delta':
        return this.#delta(`{"content":${JSON.stringify(event.text)}}`);
      case 'reasoning-delta':
        return this.#delta(`{"reasoning_content":${JSON.stringify(event.text)}}`);
      case 'refusal-delta':
        return this.#delta(`{"refusal":${JSON.stringify(event.text)}}`);
      case 'reply-finish':
        return this.#finish(event);
    }
  }

  #start(id: string | null, model: string | null): void {
    this.#id = this.#newId(id);
    this.#model = model ?? '';
    this.#beforeDelta = `data: ${this.#head()},"choices":[{"index":0,"delta":`;
    this.#afterDelta = `,"logprobs":null,"finish_reason":null}]${this.#includeUsage ? ',"usage":null' : ''}}\n\n`;
  }

  /** The chunk's JSON up to its choices, without a closing brace. */
  #head(): string {
    const head = {
      id: this.#id,
      object: 'chat.completion.chunk',
      created: this.#created,
      model: this.#model,
    };
    return JSON.stringify(head).slice(0, -1);
  }

  #delta(delta: string): string {
    return this.#beforeDelta + delta + this.#afterDelta;
  }

  #finish(event: StreamEvent & { readonly type: 'reply-finish' }): string {
    const noUsage = this.#includeUsage ? ',"usage":null' : '';
    const reason = JSON.stringify(event.reason);
    const last = `${this.#beforeDelta}{},"logprobs":null,"finish_reason":${reason}}]${noUsage}}\n\n`;
    if (!this.#includeUsage || event.usage === null) return `${last}data: [DONE]\n\n`;
    const usage = JSON.stringify(writeUsage(event.usage));
    return `${last}data: ${this.#head()},"choices":[],"usage":${usage}}\n\ndata: [DONE]\n\n`;
  }
}
