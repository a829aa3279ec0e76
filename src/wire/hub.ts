import type { ChatReply, ChatRequest } from '../protocol/chat.ts';
import type { StreamEvent } from '../protocol/stream-event.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Warning } from '../protocol/wire.ts';
import {
  WireFault,
  type Exchange,
  type StreamRelay,
  type TargetRequest,
  type UnaryReply,
  type UpstreamDialect,
} from './exchange.ts';
import { MAX_EVENT_BYTES, readSseFields, SseSplitter, type SseFields } from './sse.ts';
import { foreignFault, isCutField } from './stream-fault.ts';

/** How a wire is spoken towards an upstream. */
export interface UpstreamCodec {
  /** Throws a `GatewayError` `unsupported_parameter` for what the wire cannot carry. */
  writeRequest(request: ChatRequest, target: TargetRequest, dialect: UpstreamDialect): TranslatedRequest;
  /** Throws a `WireFault` when the body is no reply. */
  readReply(body: Buffer): ChatReply;
  openStream(): StreamDecoder;
}

/** A request in an upstream's wire, and what was lost on the way there. */
export interface TranslatedRequest {
  readonly body: Buffer;
  readonly warnings: readonly Warning[];
}

/** Reads an upstream's stream. */
export interface StreamDecoder {
  /** The events that one server-sent event stands for; often none. Throws a `WireFault`. */
  read(fields: SseFields): readonly StreamEvent[];
  /** The events that the end of the body brings about: the finish, where only the end mark was missing. */
  end(): readonly StreamEvent[];
}

/** How a wire is spoken towards a client, for one exchange. */
export interface ClientCodec {
  writeReply(reply: ChatReply): Buffer;
  openStream(): StreamEncoder;
}

/** Writes a client's stream. */
export interface StreamEncoder {
  /** The event in the client's wire; the end mark follows the finish. */
  write(event: StreamEvent): string;
}

/** Client and upstream speak different wires: both are translated by way of the neutral vocabulary. */
export class HubExchange implements Exchange {
  readonly body: Buffer;
  readonly warnings: readonly Warning[];
  readonly #client: ClientCodec;
  readonly #upstream: UpstreamCodec;

  constructor(translated: TranslatedRequest, client: ClientCodec, upstream: UpstreamCodec) {
    this.body = translated.body;
    this.warnings = translated.warnings;
    this.#client = client;
    this.#upstream = upstream;
  }

  unary(body: Buffer): UnaryReply {
    const reply = this.#upstream.readReply(body);
    return { body: this.#client.writeReply(reply), usage: reply.usage, model: reply.model };
  }

  stream(): StreamRelay {
    return new HubRelay(this.#upstream.openStream(), this.#client.openStream());
  }
}

/** A translated stream: the same states and the same rules of commit and wholeness as the guard of a same-wire one. */
class HubRelay implements StreamRelay {
  readonly #splitter = new SseSplitter();
  readonly #decoder: StreamDecoder;
  readonly #encoder: StreamEncoder;
  #output = '';
  #state: StreamRelay['state'] = 'held';
  #fault: WireFault | null = null;
  #usage: Usage | null = null;
  #model: string | null = null;

  constructor(decoder: StreamDecoder, encoder: StreamEncoder) {
    this.#decoder = decoder;
    this.#encoder = encoder;
  }

  get state(): StreamRelay['state'] {
    return this.#state;
  }

  get fault(): WireFault | null {
    return this.#fault;
  }

  get usage(): Usage | null {
    return this.#usage;
  }

  get model(): string | null {
    return this.#model;
  }

  push(chunk: Buffer): Buffer | null {
    if (this.#isOver()) return null;
    try {
      this.#splitter.push(chunk);
      while (!this.#isOver() && this.#splitter.next()) this.#takeEvent();
    } catch (error) {
      this.#fail(error);
    }
    return this.#release();
  }

  end(): Buffer | null {
    if (this.#isOver()) return null;
    try {
      if (this.#splitter.finish()) this.#takeEvent();
      if (!this.#isOver()) this.#takeAll(this.#decoder.end());
      if (!this.#isOver()) throw new WireFault('cut', 'the stream ended without a stop reason');
    } catch (error) {
      this.#fail(error);
    }
    return this.#release();
  }

  #isOver(): boolean {
    return this.#state === 'complete' || this.#state === 'failed';
  }

  /** Notes a fault; any other error is a mistake of ours and goes on. */
  #fail(error: unknown): void {
    if (!(error instanceof WireFault)) throw error;
    if (this.#state === 'held') this.#output = '';
    this.#state = 'failed';
    this.#fault = error;
  }

  #release(): Buffer | null {
    if (this.#state === 'held' || this.#output === '') return null;
    const output = Buffer.from(this.#output);
    this.#output = '';
    return output;
  }

  #takeEvent(): void {
    const { buffer, start, end, terminated } = this.#splitter;
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

  #takeAll(events: readonly StreamEvent[]): void {
    for (const event of events) this.#take(event);
  }

  #take(event: StreamEvent): void {
    this.#output += this.#encoder.write(event);
    switch (event.type) {
      case 'reply-start':
        this.#model = event.model;
        break;
      case 'reply-finish':
        this.#usage = event.usage;
        this.#state = 'complete';
        break;
      case 'text-delta':
      case 'reasoning-delta':
      case 'refusal-delta':
        this.#state = 'open';
        break;
    }
    if (this.#state === 'held' && this.#output.length > MAX_EVENT_BYTES) {
      throw new WireFault('too_large', `more than ${MAX_EVENT_BYTES} characters came before any content`);
    }
  }
}
