import type { CallState } from '../../protocol/chat.ts';
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
  readonly #stateOf: (id: string, state: string) => CallState;
  readonly callStates: CallState[] = [];
  /** The upstream's id of the last call. */
  #callId = '';
  #output = '';

  /** `framing` is the upstream's; `stateOf` returns the state of a call under the client's id of the call. */
  constructor(
    framing: Framing,
    decoder: StreamDecoder,
    encoder: StreamEncoder,
    stateOf: (id: string, state: string) => CallState = (callId, state) => ({ callId, state }),
  ) {
    super(framing);
    this.#stateOf = stateOf;
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
        break;
      case 'tool-call-end':
        this.#noteState(event.state);
        break;
      case 'tool-call-start':
        this.#callId = event.id;
        this.#noteState(event.state);
        this.state = 'open';
        break;
      case 'text-delta':
      case 'thinking-delta':
      case 'refusal-delta':
        this.state = 'open';
        break;
    }
  }

  #noteState(state: string | undefined): void {
    if (state !== undefined) this.callStates.push(this.#stateOf(this.#callId, state));
  }
}
