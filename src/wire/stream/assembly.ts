import type { StreamAssembler } from '../codec.ts';
import { WireFault } from '../fault.ts';
import type { Framing } from '../framing/framing.ts';
import { EventTransform } from './stream-transform.ts';

/** Bytes of a stream that are put together: what is kept of it is far less, since each event repeats its frame. */
const STREAM_MAX_BYTES = 256 * 1024 * 1024;

/**
 * A stream that is put together into the whole reply of its own wire: nothing comes out until it is whole, then the
 * reply's JSON at once. It is whole by the same rules as a relayed one, so there is never half a reply.
 */
export class Assembly extends EventTransform {
  readonly #assembler: StreamAssembler;
  #bytes = 0;
  /** The reply, once it is whole. */
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
    // Nothing is gathered here; the assembler goes with the attempt.
  }
}
