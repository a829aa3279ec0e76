import type { StreamEvent } from '../protocol/stream-event.ts';
import type { Warning } from '../protocol/wire.ts';
import type { ClientOptions, StreamDecoder, StreamEncoder, WireCodec } from './codec.ts';
import { WireFault, type Body, type Exchange, type StreamRelay, type UnaryReply } from './exchange.ts';
import { RelayBase } from './stream-transform.ts';
import { signaturesOf } from './reply-signatures.ts';
import { readSseFields } from './framing/sse.ts';
import { foreignFault, isCutField } from './stream-fault.ts';
import type { Translation } from './translate.ts';

/** Client and upstream speak different wires: both are translated by way of the neutral vocabulary. */
export class HubExchange implements Exchange {
  readonly body: Body;
  readonly warnings: readonly Warning[];
  readonly includeUsage: boolean;
  readonly legacyCalls: boolean;
  readonly #client: WireCodec;
  readonly #upstream: WireCodec;
  readonly #options: ClientOptions;

  constructor(client: WireCodec, upstream: WireCodec, translation: Translation, options: ClientOptions) {
    this.body = translation.body;
    this.warnings = translation.warnings;
    this.includeUsage = translation.includeUsage;
    this.legacyCalls = translation.legacyCalls === true;
    this.#client = client;
    this.#upstream = upstream;
    this.#options = options;
  }

  unary(body: Buffer): UnaryReply {
    const reply = this.#upstream.decodeReply(body);
    return {
      body: this.#client.encodeReply(reply, this.#options),
      usage: reply.usage,
      model: reply.model,
      signatures: signaturesOf(reply.parts),
    };
  }

  stream(): StreamRelay {
    return new HubRelay(this.#upstream.openDecoder(), this.#client.openEncoder(this.#options));
  }
}

/** A translated stream: the same states and the same rules of commit and wholeness as the guard of a same-wire one. */
class HubRelay extends RelayBase {
  readonly #decoder: StreamDecoder;
  readonly #encoder: StreamEncoder;
  #output = '';

  constructor(decoder: StreamDecoder, encoder: StreamEncoder) {
    super();
    this.#decoder = decoder;
    this.#encoder = encoder;
  }

  protected takeEvent(): void {
    const { buffer, start, end, terminated } = this.splitter;
    const fields = readSseFields(buffer, start, end);
    if (isCutField(fields, terminated)) return;
    try {
      if (fields.foreign !== null) throw foreignFault(buffer.subarray(start, end));
      this.#takeAll(this.#decoder.read(fields));
    } catch (error) {
      if (!(error instanceof WireFault) || error.kind !== 'malformed') throw error;
      // A last event that was cut in the middle says nothing that the missing stop reason does not say; and after a
      // stop reason the answer is whole, whatever the upstream garbles then.
      const events = this.#decoder.end();
      if (events.length > 0) this.#takeAll(events);
      else if (terminated || fields.foreign !== null) throw error;
    }
  }

  protected bodyEnded(): void {
    this.#takeAll(this.#decoder.end());
  }

  protected take(): Buffer | null {
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
    this.limitHeld(this.#output.length);
  }
}
