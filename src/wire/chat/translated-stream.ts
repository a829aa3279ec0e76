import type { CallState } from '../../protocol/chat.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { StreamEvent } from '../../protocol/stream-event.ts';
import type { StreamDecoder, StreamEncoder } from '../codec.ts';
import type { Framing } from '../framing/framing.ts';
import { estimatedUsage, textBytes } from '../usage-estimate.ts';
import { EventTransform } from '../stream/stream-transform.ts';

/** What a translated stream knows of its request. */
export interface TranslatedStreamOptions {
  /** The state of a call under the client's id of the call; absent: under the upstream's. */
  readonly stateOf?: (id: string, state: string) => CallState;
  /** For the usage of a stream whose upstream reports none; absent: such a stream has no usage. */
  readonly estimatedInputTokens?: number;
}

/**
 * A translated stream, with the same states and the same rules for commitment and completeness as the guard of a
 * same-wire stream.
 */
export class TranslatedStream extends EventTransform {
  readonly #decoder: StreamDecoder;
  readonly #encoder: StreamEncoder;
  readonly #options: TranslatedStreamOptions;
  readonly callStates: CallState[] = [];
  /** The upstream's id of the last call. */
  #callId = '';
  #output = '';
  /** UTF-8 bytes of the reply's text and arguments. */
  #bytes = 0;

  /** `framing` is the upstream's. */
  constructor(
    framing: Framing,
    decoder: StreamDecoder,
    encoder: StreamEncoder,
    options: TranslatedStreamOptions = {},
  ) {
    super(framing);
    this.#options = options;
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
        // For the ledger; the client gets what its encoder writes without a usage.
        this.usage = event.usage ?? this.usage ?? this.#estimate();
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
        this.#bytes += textBytes(event.arguments);
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
        this.#bytes += textBytes(event.text);
        this.state = 'open';
        break;
    }
  }

  #estimate(): Usage | null {
    const { estimatedInputTokens } = this.#options;
    return estimatedInputTokens === undefined ? null : estimatedUsage(estimatedInputTokens, this.#bytes);
  }

  #noteState(state: string | undefined): void {
    if (state === undefined) return;
    const { stateOf } = this.#options;
    this.callStates.push(stateOf?.(this.#callId, state) ?? { callId: this.#callId, state });
  }
}
