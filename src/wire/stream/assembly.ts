import type { StreamAssembler } from '../codec.ts';
import { WireFault } from '../fault.ts';
import type { Framing } from '../framing/framing.ts';
import { EventTransform } from './stream-transform.ts';

/**
 * Maximum size of a stream that is assembled, in bytes. The reply is far smaller, since each event repeats its
 * envelope.
 */
const STREAM_MAX_BYTES = 256 * 1024 * 1024;

/**
 * Assembles a stream into the unary reply of the same wire: outputs nothing until the stream is complete, then the
 * reply's JSON. A stream is complete by the same rules as a relayed one, so a partial reply is never returned.
 */
export class Assembly extends EventTransform {
  readonly #assembler: StreamAssembler;
  #bytes = 0;
  /** The reply; null until it is complete. */
  #body: Buffer | null = null;

  constructor(framing: Framing, assembler: StreamAssembler) {
    super(framing);
    this.#assembler = assembler;
  }

  override push(chunk: Buffer): Buffer | null {
    this.#bytes += chunk.length;
    if (this.#bytes > STREAM_MAX_BYTES && !this.isOver()) {
      this.fail(new WireFault('too_large', `a stream of more than ${STREAM_MAX_BYTES} bytes`));
    }
    return super.push(chunk);
  }

  protected takeData(data: string): void {
    this.#assembler.take(data);
    if (this.state === 'held' && this.#assembler.hasContent) this.state = 'open';
    if (this.#assembler.ended) this.complete();
  }

  get finished(): boolean {
    return this.#assembler.finished;
  }

  protected complete(): void {
    this.#body = this.#assembler.body();
    this.state = 'complete';
  }

  protected get gathered(): number {
    return 0;
  }

  protected release(): Buffer | null {
    return this.#body;
  }

  protected discard(): void {
    // Nothing is buffered here; the assembler is dropped with the attempt.
  }
}
