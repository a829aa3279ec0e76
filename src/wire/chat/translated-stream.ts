import type { StreamEvent } from '../../protocol/stream-event.ts';
import type { StreamDecoder, StreamEncoder } from '../codec.ts';
import type { Framing } from '../framing/framing.ts';
import { EventTransform } from '../stream/stream-transform.ts';

/**
 * A translated stream, with the same states and the same rules for commitment and completeness as the guard of a
 * same-wire stream.
 */
export class TranslatedStream extends EventTransform {
  readonly #decoder: StreamDecoder;
  readonly #encoder: StreamEncoder;
  #output = '';

  /** `framing` is the upstream's. */
  constructor(framing: Framing, decoder: StreamDecoder, encoder: StreamEncoder) {
    super(framing);
    this.#decoder = decoder;
    this.#encoder = encoder;
  }

  protected takeData(data: string): void {
    this.#takeAll(this.#decoder.read(data));
  }

  get finished(): boolean {
    return this.#decoder.finished;
  }

  protected complete(): void {
    this.#takeAll(this.#decoder.end());
  }

  protected get gathered(): number {
    return this.#output.length;
  }

  protected release(): Buffer | null {
    if (this.#output === '') return null;
    const output = Buffer.from(this.#output);
    this.#output = '';
    return output;
  }

  protected discard(): void {
    this.#output = '';
  }

  #takeAll(events: readonly StreamEvent[]): void {
    for (const event of events) if (!this.isOver()) this.#take(event);
  }

  #take(event: StreamEvent): void {
    this.#output += this.#encoder.write(event);
    switch (event.type) {
      case 'reply-start':
        this.model = event.model;
        this.usage = event.usage;
        break;
      case 'reply-finish':
        this.usage = event.usage ?? this.usage;
        this.state = 'complete';
        break;
      case 'thinking-signature':
        this.noteSignature(event.signature);
        this.state = 'open';
        break;
      case 'redacted-thinking':
        this.noteSignature(event.data);
        this.state = 'open';
        break;
      case 'tool-call-delta':
      case 'tool-call-end':
        break;
      case 'text-delta':
      case 'thinking-delta':
      case 'refusal-delta':
      case 'tool-call-start':
        this.state = 'open';
        break;
    }
  }
}
